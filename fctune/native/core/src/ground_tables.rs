//! Names of the same thing, and words without content; follows
//! `fctune/conversations/grounding_tables.py`, whose tables these are.
//!
//! Input: a word. Output: its other names, or whether it has content.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Code or name, then its other names, with `|` between them.
const SAME: &str = r#"usd|us dollar|us dollars|dollar|dollars|american|united states|usa|us|$|美元|美金|美国
cny|rmb|renminbi|yuan|chinese|china|人民币|元|中国|块
eur|euro|euros|european|€|欧元|欧洲|germany|france|italy|spain
gbp|pound|pounds|sterling|british|quid|£|英镑|英国|united kingdom|uk
jpy|yen|japanese|¥|日元|日圆|日本
inr|rupee|rupees|indian|₹|卢比|印度|india
aud|australian|australia|澳元|澳大利亚
cad|canadian|canada|加元|加拿大
chf|swiss franc|franc|francs|瑞士法郎
krw|won|韩元|韩国
hkd|hong kong|港币|港元|香港
twd|新台币|台币|台湾
sgd|singapore|新加坡元|新加坡
rub|ruble|rubles|卢布|俄罗斯
brl|real|reais|巴西
mxn|peso|pesos|比索|墨西哥
btc|bitcoin|比特币
eth|ethereum|ether|以太坊|以太币
doge|dogecoin|狗狗币
ltc|litecoin|莱特币
us|usa|united states|america|american|u.s.|the states|美国|new york|los angeles|chicago|california
uk|gb|gbr|united kingdom|britain|british|england|english|英国|london|伦敦|manchester
cn|chn|china|chinese|prc|中国|北京|上海|beijing|shanghai
jp|jpn|japan|japanese|日本|tokyo|东京
kr|kor|korea|korean|south korea|韩国|seoul|首尔
de|deu|germany|german|deutsch|德国|berlin|柏林
fr|fra|france|french|francais|法国|paris|巴黎
es|esp|spain|spanish|espanol|西班牙|madrid|barcelona
it|ita|italy|italian|italiano|意大利|rome|milan|罗马
pt|prt|portugal|portuguese|葡萄牙|lisbon
br|bra|brazil|brazilian|巴西
ru|rus|russia|russian|俄罗斯|moscow|莫斯科
in|ind|india|indian|印度|mumbai|delhi|new delhi
ca|can|canada|canadian|加拿大|toronto|vancouver|california
au|aus|australia|australian|澳大利亚|sydney|melbourne|悉尼
nz|new zealand|新西兰
mx|mex|mexico|mexican|墨西哥
nl|netherlands|dutch|holland|荷兰|amsterdam
be|belgium|belgian|brussels
ch|switzerland|swiss|瑞士|zurich|geneva
at|austria|austrian|vienna
se|sweden|swedish|瑞典|stockholm
no|norway|norwegian|挪威|oslo
dk|denmark|danish|丹麦|copenhagen
fi|finland|finnish|芬兰|helsinki
pl|poland|polish|波兰|warsaw
gr|greece|greek|希腊|athens
tr|turkey|turkish|土耳其|istanbul
eg|egypt|egyptian|埃及|cairo
za|south africa|南非
sg|singapore|新加坡
hk|hong kong|香港
tw|taiwan|台湾|台北
th|thailand|thai|泰国|bangkok|曼谷
vn|vi|vietnam|vietnamese|越南
id|indonesia|indonesian|印尼|印度尼西亚
ie|ireland|irish|dublin
ae|uae|dubai|emirates|迪拜
il|israel|hebrew
ar|arabic|argentina|阿拉伯|阿根廷
en|eng|english|en-us|en-gb|英语|英文
zh|zh-cn|chinese|mandarin|simplified chinese|汉语|中文|普通话
ja|japanese|日语|日文
ko|korean|韩语|韩文
fr|fr-fr|french|法语|法文
de|de-de|german|德语|德文
es|es-es|spanish|西班牙语
ru|russian|俄语
it|italian|意大利语
pt|pt-br|portuguese|葡萄牙语
hi|hindi|印地语
nyc|new york|new york city|ny|jfk|ewr|lga|big apple|纽约
la|los angeles|lax|洛杉矶
sf|sfo|san francisco|旧金山
chicago|ord|mdw|芝加哥
boston|bos|波士顿
seattle|sea|西雅图
washington|dc|iad|dca|华盛顿
miami|mia|迈阿密
dallas|dfw
houston|iah|hou
atlanta|atl
denver|den
las vegas|las|vegas|拉斯维加斯
philadelphia|phl|philly
phoenix|phx
orlando|mco
detroit|dtw
minneapolis|msp
charlotte|clt
newark|ewr
london|lhr|lgw|伦敦
paris|cdg|ory|巴黎
tokyo|hnd|nrt|东京
beijing|pek|pkx|北京|bj
shanghai|pvg|sha|上海|sh
guangzhou|can|广州
shenzhen|szx|深圳
chengdu|ctu|成都
hangzhou|hgh|杭州
nanjing|nkg|南京
wuhan|wuh|武汉
chongqing|ckg|重庆
xi'an|xian|xiy|西安
hong kong|hkg|香港
sydney|syd|悉尼
toronto|yyz|多伦多
singapore|sin|新加坡
dubai|dxb|迪拜
frankfurt|fra|法兰克福
berlin|ber|柏林
rome|fco|罗马
madrid|mad|马德里
seoul|icn|首尔
bangkok|bkk|曼谷
mumbai|bom|孟买
delhi|del|new delhi|德里
istanbul|ist
amsterdam|ams
ca|california|san francisco|los angeles|san diego|sacramento|san jose
ny|new york|new york city|nyc|buffalo
tx|texas|houston|dallas|austin|san antonio
fl|florida|miami|orlando|tampa
il|illinois|chicago
wa|washington|seattle
ma|massachusetts|boston
pa|pennsylvania|philadelphia|pittsburgh
ga|georgia|atlanta
co|colorado|denver
nv|nevada|las vegas
or|oregon|portland
az|arizona|phoenix
mi|michigan|detroit
oh|ohio|cleveland|columbus
aapl|apple|苹果
googl|goog|google|alphabet|谷歌
amzn|amazon|亚马逊
msft|microsoft|微软
tsla|tesla|特斯拉
fb|meta|facebook|脸书
nflx|netflix|奈飞|网飞
nvda|nvidia|英伟达
baba|alibaba|阿里巴巴|阿里
tcehy|tencent|腾讯
celsius|c|°c|centigrade|metric|摄氏|摄氏度
fahrenheit|f|°f|imperial|华氏|华氏度
kelvin|k|开尔文
metric|kg|cm|kilogram|kilograms|centimeters|centimetre|meters|metres|km|公斤|厘米
imperial|lb|lbs|pounds|inches|feet|miles|英寸|磅
kilometers|kilometer|kilometre|kilometres|km|kms|公里|千米
miles|mile|mi|英里
meters|meter|metre|metres|m|米
centimeters|centimeter|cm|厘米
feet|foot|ft|英尺
inches|inch|in|英寸
yards|yard|yd
kilograms|kilogram|kg|kgs|kilo|kilos|公斤|千克
grams|gram|g|克
pounds|pound|lb|lbs|磅
ounces|ounce|oz|盎司
liters|liter|litre|litres|l|升
milliliters|ml|毫升
gallons|gallon|gal|加仑
hours|hour|hr|hrs|h|小时
minutes|minute|min|mins|分钟
seconds|second|sec|s|秒
days|day|daily|d|天|日
weeks|week|weekly|周|星期
months|month|monthly|月
years|year|yearly|annual|annually|yr|年
red|#ff0000|红|红色
green|#00ff00|#008000|绿|绿色
blue|#0000ff|蓝|蓝色
black|#000000|黑|黑色
white|#ffffff|白|白色
yellow|#ffff00|黄|黄色
orange|#ffa500|橙色
purple|#800080|紫色
pink|#ffc0cb|粉色|粉红
male|m|man|boy|mr|he|his|him|husband|father|son|brother|gentleman|男|男性|先生
female|f|woman|girl|mrs|ms|she|her|wife|mother|daughter|sister|lady|女|女性|女士
monday|mon|星期一|周一
tuesday|tue|tues|星期二|周二
wednesday|wed|星期三|周三
thursday|thu|thurs|星期四|周四
friday|fri|星期五|周五
saturday|sat|星期六|周六
sunday|sun|星期日|星期天|周日
january|jan|一月|1月
february|feb|二月|2月
march|mar|三月|3月
april|apr|四月|4月
may|五月|5月
june|jun|六月|6月
july|jul|七月|7月
august|aug|八月|8月
september|sep|sept|九月|9月
october|oct|十月|10月
november|nov|十一月|11月
december|dec|十二月|12月
asc|ascending|lowest|cheapest|oldest|increasing|升序|从低到高
desc|descending|highest|latest|newest|most|top|decreasing|best|降序|从高到低
add|+|plus|addition|sum|加
subtract|-|minus|subtraction|difference|减
multiply|*|×|x|times|multiplication|product|乘
divide|/|÷|division|divided|除
js|javascript|node
py|python
ts|typescript
c++|cpp
c#|csharp
movie|movies|film|films|电影
tv|television|电视
restaurant|restaurants|dining|eat|dinner|lunch|餐厅|餐馆|饭店
car|cars|driving|drive|auto|vehicle|开车|驾车|汽车
walking|walk|foot|步行|走路
bicycling|bike|bicycle|cycling|骑车|骑行
transit|bus|train|subway|metro|public transport|公交|地铁
西红柿|番茄
土豆|马铃薯
urgent|high|asap|critical|immediately|important|emergency|紧急|重要
"#;

const NEUTRAL: &str =
    "all any auto basic custom default false general global n/a na nil no none normal null \
    other standard true unknown unspecified worldwide yes 不限 任意 全部 所有 无 未知 默认";

const STOP_WORDS: &str =
    "a about again all also am an and any are as at based be been being but by can could d did \
    do does done down each etc every for from get had has have he her here him his how i if in \
    into is it its just ll m make may me might more most must my new no nor not of off on or \
    our out over per please re s shall she should so some t than that the their them then \
    there these they this those to under up us use used using ve very via vs was we were what \
    when where which who whom why will with within would you your";

static NAMES: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut names: HashMap<&str, Vec<&str>> = HashMap::new();
    for line in SAME.lines() {
        for word in line.split('|').filter(|word| !word.is_empty()) {
            let others = names.entry(word).or_default();
            for other in line.split('|').filter(|other| !other.is_empty() && *other != word) {
                if !others.contains(&other) {
                    others.push(other);
                }
            }
        }
    }
    names
});
static NEUTRAL_WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| NEUTRAL.split(' ').collect());
static EMPTY_WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| STOP_WORDS.split(' ').collect());

/// The other names of a code or name (`SAME.get(name, ())`), in no certain order.
pub fn same(name: &str) -> &'static [&'static str] {
    NAMES.get(name).map_or(&[], Vec::as_slice)
}

/// Tell whether a word has no content of its own.
pub fn is_stop_word(word: &str) -> bool {
    EMPTY_WORDS.contains(word)
}

/// Tell whether a word names the absence of a choice.
pub fn is_neutral(word: &str) -> bool {
    NEUTRAL_WORDS.contains(word)
}
