//! The words of deeds, for the audit of claims: verbs by kind, their past forms, things in Chinese.
//!
//! Input: words, or a tool. Output: kinds of deeds, one bit each, and names of things. `None` where a
//! character is not known. Follows `fctune/conversations/claim_words.py`.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::claim_text::{head, stem, words};
use crate::ground_signs::is_han;
use crate::ground_tables::is_stop_word;
use crate::tools::Tool;

/// A set of kinds.
pub type Kinds = u32;

// Verbs of one line do the same to a thing; the first names the kind.
const VERBS: &str = "\
switch turn shut activate deactivate enable disable power dim
book reserve schedule arrange
send email mail forward notify post publish share tweet text
create add make generate register save record log insert upload open store write compose
delete remove cancel clear erase
update change modify edit adjust reschedule rename move upgrade downgrade
order purchase buy place
pay transfer deposit withdraw
check search look find get retrieve fetch query verify browse lookup list read track
play pause stop start launch run resume
set
lock unlock
calculate compute convert
translate
submit file apply
subscribe unsubscribe
analyze analyse
call dial
download
assign invite";
// Kinds that a verb also has; that of `list` is its own.
const ALSO: [(&str, &[&str]); 6] = [
    ("schedule", &["create", "update"]),
    ("reschedule", &["book"]),
    ("set", &["create", "update", "switch"]),
    ("place", &["create"]),
    ("list", &["check"]),
    ("track", &["record"]),
];
#[rustfmt::skip]
const IRREGULAR: [(&str, &str); 24] = [
    ("bought", "buy"), ("cancelled", "cancel"), ("dialled", "dial"), ("dimmed", "dim"),
    ("found", "find"), ("got", "get"), ("logged", "log"), ("looked for", "search"),
    ("looked up", "lookup"), ("made", "make"), ("paid", "pay"), ("put", "add"), ("read", "read"),
    ("run", "run"), ("searched for", "search"), ("sent", "send"), ("set", "set"),
    ("set up", "create"), ("shut", "shut"), ("stopped", "stop"), ("submitted", "submit"),
    ("transferred", "transfer"), ("withdrawn", "withdraw"), ("written", "write"),
];
#[rustfmt::skip]
const CHINESE_VERBS: [(&str, &[&str]); 41] = [
    ("关闭", &["turn", "delete"]), ("关掉", &["turn"]), ("打开", &["turn", "open"]), ("开启", &["turn"]),
    ("调整", &["adjust", "set"]), ("设置", &["set"]), ("设定", &["set"]), ("预订", &["book"]),
    ("预定", &["book"]), ("预约", &["book"]), ("订好", &["book"]), ("安排", &["book", "schedule"]),
    ("下单", &["order"]), ("购买", &["buy"]), ("发送", &["send"]), ("发出", &["send"]),
    ("创建", &["create"]), ("新建", &["create"]), ("建立", &["create"]), ("添加", &["add"]),
    ("生成", &["generate"]), ("删除", &["delete"]), ("取消", &["cancel"]), ("更新", &["update"]),
    ("修改", &["modify"]), ("播放", &["play"]), ("暂停", &["pause"]), ("查询", &["query"]),
    ("查到", &["query"]), ("搜索", &["search"]), ("找到", &["find"]), ("计算", &["calculate"]),
    ("转账", &["transfer"]), ("支付", &["pay"]), ("翻译", &["translate"]), ("提交", &["submit"]),
    ("注册", &["register"]), ("保存", &["save"]), ("记录", &["record"]), ("发布", &["publish"]),
    ("锁定", &["lock"]),
];
// A thing, then the stems of its English names.
#[rustfmt::skip]
const CHINESE_NOUNS: [(&str, &[&str]); 52] = [
    ("灯", &["light", "lamp", "bulb"]), ("机票", &["flight", "ticket"]), ("航班", &["flight"]),
    ("酒店", &["hotel", "room"]), ("房间", &["room", "hotel"]), ("餐厅", &["restaurant", "table"]),
    ("餐桌", &["table", "restaurant"]), ("邮件", &["email", "mail"]),
    ("短信", &["sms", "messag", "text"]), ("消息", &["messag"]), ("会议", &["meet", "event"]),
    ("提醒", &["remind"]), ("闹钟", &["alarm"]), ("日程", &["schedul", "calendar", "event"]),
    ("日历", &["calendar", "event"]), ("事件", &["event"]), ("活动", &["event"]),
    ("音乐", &["music", "song"]), ("歌", &["song", "music"]), ("天气", &["weath"]),
    ("订单", &["ord", "purchas"]), ("下单", &["ord", "purchas"]), ("票", &["ticket"]),
    ("空调", &["air", "ac"]), ("温度", &["temperatur", "thermostat"]), ("门", &["door"]),
    ("笔记", &["not"]), ("任务", &["task", "todo"]), ("待办", &["todo", "task"]),
    ("联系人", &["contact"]), ("账户", &["account", "us"]), ("密码", &["password"]),
    ("发票", &["invoic"]), ("新闻", &["new"]), ("电影", &["movi"]), ("股票", &["stock"]),
    ("汇率", &["currency"]), ("价格", &["pric"]), ("书", &["book"]), ("图片", &["imag", "photo"]),
    ("图像", &["imag"]), ("食谱", &["recip"]), ("文章", &["articl", "new"]), ("工作", &["job"]),
    ("小说", &["book"]), ("航线", &["flight"]), ("餐馆", &["restaurant"]), ("距离", &["distanc"]),
    ("贷款", &["loan"]), ("二维码", &["qr"]), ("购物", &["shopping", "cart"]),
    ("转账", &["transf", "money"]),
];
// Every tool is about these.
const GENERAL: &str = "\
    information info data detail details user users given specific specified based name name \
    value list result results api tool function request current provided one number id type time \
    input output system service";

/// What is looked up, made once.
struct Tables {
    kinds: HashMap<&'static str, Kinds>,
    past: HashMap<String, Kinds>,
    chinese: HashMap<(char, char), Kinds>,
    /// A bit for the last six bits of the first character of each Chinese verb, by the six before.
    first: [u64; 64],
    general: HashSet<&'static str>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let kinds = kinds_of_verbs();
    let of = |verbs: &[&str]| verbs.iter().fold(0, |sum, verb| sum | kinds.get(verb).copied().unwrap_or(0));
    let mut past: HashMap<String, Kinds> =
        kinds.iter().map(|(verb, kinds)| (past_of(verb), *kinds)).collect();
    past.extend(IRREGULAR.iter().map(|(form, verb)| (form.to_string(), of(&[verb]))));
    let mut first = [0; 64];
    let mut chinese = HashMap::new();
    for (word, verbs) in CHINESE_VERBS {
        if let [one, two] = word.chars().collect::<Vec<_>>()[..] {
            chinese.insert((one, two), of(verbs));
            first[(one as usize >> 6) & 63] |= 1 << (one as u32 & 63);
        }
    }
    let general = GENERAL.split(' ').map(stem).collect();
    Tables { kinds, past, chinese, first, general }
});

fn kinds_of_verbs() -> HashMap<&'static str, Kinds> {
    let mut names: Vec<&str> = Vec::new();
    let mut bit = |name: &'static str| {
        let at = names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        1 << at
    };
    let mut kinds = HashMap::new();
    for line in VERBS.lines() {
        let mut verbs = line.split(' ').peekable();
        let own: Kinds = verbs.peek().map_or(0, |name| bit(name));
        verbs.for_each(|verb| *kinds.entry(verb).or_insert(0) |= own);
    }
    for (verb, others) in ALSO {
        *kinds.entry(verb).or_insert(0) |= others.iter().fold(0, |sum, name| sum | bit(name));
    }
    kinds
}

fn past_of(verb: &str) -> String {
    let signs = verb.as_bytes();
    match signs {
        [.., b'e'] => format!("{verb}d"),
        [.., before, b'y'] if !b"aeou".contains(before) => format!("{}ied", &verb[..verb.len() - 1]),
        _ => format!("{verb}ed"),
    }
}

/// The kinds of a past form, which may be two words; none for any other word.
pub fn kinds_of_past(form: &str) -> Option<Kinds> {
    TABLES.past.get(form).copied()
}

/// The kinds of a Chinese verb; none for any other two characters.
pub fn kinds_of_chinese(first: char, second: char) -> Option<Kinds> {
    if TABLES.first[(first as usize >> 6) & 63] >> (first as u32 & 63) & 1 == 0 {
        return None;
    }
    TABLES.chinese.get(&(first, second)).copied()
}

/// The stems of the things that a Chinese text names.
pub fn things_in(text: &str) -> impl Iterator<Item = &'static str> + '_ {
    CHINESE_NOUNS.iter().filter(|(word, _)| text.contains(word)).flat_map(|(_, nouns)| nouns.iter().copied())
}

/// The kinds of deeds that a tool does, by its name and the first words of its description.
pub fn verbs_of(tool: &Tool) -> Option<Kinds> {
    let mut found = 0;
    for word in words(&tool.name)? {
        found |= TABLES.kinds.get(word.as_str()).copied().unwrap_or(0);
    }
    for word in words(head(&tool.description, 60))?.iter().take(2) {
        found |= kinds_of_base(word);
    }
    if !tool.description.is_ascii() {
        let signs = tool.description.chars();
        for (first, second) in signs.clone().zip(signs.skip(1)) {
            found |= kinds_of_chinese(first, second).unwrap_or(0);
        }
    }
    Some(found)
}

fn kinds_of_base(word: &str) -> Kinds {
    let forms = [word, word.strip_suffix('s').unwrap_or(word), word.strip_suffix("es").unwrap_or(word)];
    forms.iter().find_map(|form| TABLES.kinds.get(form).copied()).unwrap_or(0)
}

/// The things that a tool is about; where its name has none, those of its description.
pub fn nouns_of(tool: &Tool) -> Option<Vec<String>> {
    let is_verb = |word: &str| TABLES.kinds.contains_key(word);
    let parts = words(&tool.name)?;
    let first = parts.first().map_or("", String::as_str);
    let named = parts.iter().filter(|word| *word != first || !is_verb(word));
    let mut found: Vec<String> = named.filter_map(|word| noun(word)).collect();
    if found.is_empty() {
        let told = words(head(&tool.description, 200))?;
        found = told.iter().filter(|word| !is_verb(word)).filter_map(|word| noun(word)).collect();
    }
    if tool.description.chars().any(|sign| ('\u{4e00}'..='\u{9fff}').contains(&sign)) {
        let signs: Vec<char> = head(&tool.description, 200).chars().filter(|sign| is_han(*sign)).collect();
        found.extend(signs.windows(2).map(|pair| pair.iter().collect()));
    }
    Some(found)
}

/// The stem of a word, where it names a thing.
fn noun(word: &str) -> Option<String> {
    let root = stem(word);
    (!is_stop_word(word) && !TABLES.general.contains(root)).then(|| root.to_string())
}
