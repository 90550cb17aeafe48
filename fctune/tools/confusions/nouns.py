"""The tables of things: one thing under several names, and things that a hurried user mixes.

Role: data, in the form of `vocabulary`. A group of NOUNS is one concept. A group of THEMES holds
concepts that are not the same and stand near each other; the word before its colon names it.
"""

from __future__ import annotations

NOUNS = """
document file doc attachment paper | 文件 文档 附件 资料
directory folder | 目录 文件夹
user account customer member client profile person people | 用户 账户 账号 帐户 客户 顾客 会员 个人
message msg chat sms dm conversation | 消息 短信 聊天 会话
mail email inbox | 邮件 邮箱 电子邮件
phone telephone mobile cellphone | 电话 手机
contact addressbook | 联系人 通讯录
image picture photo photograph | 图片 图像 照片
video clip footage | 视频 影像
audio sound voice speech | 音频 声音 语音
product item goods merchandise commodity | 商品 产品 物品 货品
parcel package shipment shipping logistics delivery courier freight cargo consignment
  | 物流 快递 包裹 配送 运单 货运
order purchase | 订单
cart basket | 购物车
ticket issue case complaint incident | 工单 投诉 问题 事故
lawsuit litigation trial | 诉讼 官司 案件
lawyer attorney solicitor counsel | 律师
law statute regulation legislation | 法律 法规 规则
repository repo | 仓库 代码库
branch fork | 分支
event meeting agenda session | 会议 日程 事件 活动
calendar timetable schedule | 日历 课表 时间表
reminder todo task alarm chore | 任务 待办 闹钟 提醒事项
project program initiative | 项目
price cost fee rate charge fare tariff expense | 价格 费用 报价 售价 成本 金额
salary wage pay payroll compensation income earning | 工资 薪水 薪资 收入
budget spending expenditure | 预算 开支 支出
revenue turnover sale | 营收 营业额 销售额
profit gain margin | 利润 盈利
tax vat duty levy | 税 税额 税款 税率
song music tune melody | 歌曲 音乐
artist singer musician band performer | 歌手 艺人 乐队
album playlist | 专辑 歌单
movie film cinema | 电影 影片
series programme tv television | 节目 剧集 电视剧 电视
book novel publication | 书 书籍 图书 小说
author writer | 作者 作家
game match fixture | 比赛 赛事 游戏
team squad club | 球队 队伍
player athlete | 球员 选手 运动员
league tournament championship competition | 联赛 锦标赛
score point standing ranking leaderboard | 比分 得分 积分 排行榜
location place position venue spot | 位置 地点 场所
landmark attraction sightseeing monument poi | 景点 名胜 地标
address | 地址
city town | 城市
country nation | 国家
region zone district province | 地区 区域 省份
map chart | 地图
route direction navigation path itinerary | 路线 导航 路径 行程
distance length mileage | 距离 长度 里程
invoice bill receipt | 发票 账单 收据
payment installment emi repayment payout remittance | 付款单 还款 分期
transaction transfer | 交易 流水 明细 转账记录
balance | 余额
statement overview summary brief digest abstract | 摘要 概览 总览 对账单
loan mortgage lending debt | 贷款 抵押 房贷 借款
interest yield | 利息 利率
share equity | 股票 股份 证券
crypto cryptocurrency bitcoin coin | 加密货币 比特币 代币
currency money forex fx | 货币 币种 外汇
exchange conversion | 汇率
card creditcard debit | 银行卡 信用卡
bank atm | 银行
insurance coverage | 保险 保单
weather climate forecast meteorological | 天气 气象 气候 天气预报
temperature thermostat | 温度 气温
rain precipitation rainfall snow | 降雨 降水
news headline story press article | 新闻 资讯 报道
post tweet blog | 帖子 动态 博客
hotel accommodation lodging motel hostel resort | 酒店 宾馆 住宿 旅馆
room suite bedroom | 房间 客房
reservation booking appointment slot | 预约单 预订单
flight airline airfare plane airplane | 航班 机票 飞机
airport terminal | 机场
train railway rail | 火车 列车 高铁
bus coach | 公交 巴士
metro subway transit | 地铁
taxi cab ride uber | 出租车 打车 网约车
car vehicle automobile auto | 汽车 车辆 车
fuel gas petrol gasoline | 燃油 汽油 油耗
trip travel journey tour vacation holiday | 旅行 旅游 旅程 假期
restaurant eatery dining cafe | 餐厅 饭店 餐馆
recipe dish meal cuisine cooking cookbook | 菜谱 食谱 菜 菜品
food ingredient grocery | 食物 食材 食品
drink beverage cocktail wine beer | 饮料 饮品 酒
supermarket shop store retailer | 超市 商店 门店 店铺
doctor physician clinician practitioner specialist | 医生 医师 大夫
hospital clinic ward | 医院 诊所 门诊
medicine drug medication pharmaceutical prescription dose | 药品 药物 药 用药 处方
patient | 患者 病人
disease illness disorder condition | 疾病 病症 病情
diagnosis | 诊断
symptom | 症状
checkup screening lab | 检验 化验 体检
exercise workout fitness training | 运动 锻炼 健身 训练
nutrition calorie nutrient diet dietary | 营养 热量 卡路里 饮食
weight mass | 体重 重量
bmi | 身体质量指数
sleep | 睡眠
company business firm corporation enterprise employer | 公司 企业
organization organisation org tenant workspace | 组织 机构
group department division unit | 小组 部门 群组
employee staff worker personnel colleague | 员工 职员 雇员
supplier vendor seller merchant | 供应商 商家 卖家
job vacancy career employment | 职位 岗位 工作 招聘
resume cv candidate applicant | 简历 候选人
tag label hashtag | 标签
keyword | 关键词
category kind type class genre | 类别 类型 种类 分类目录
comment remark note annotation | 评论 备注 笔记
review feedback rating testimonial opinion sentiment | 评价内容 反馈 口碑 情感
survey poll questionnaire vote | 调查 问卷 投票
inventory availability available | 库存 存货
capacity space volume quota | 容量 空间 配额
history log journal timeline | 历史 日志 记录 动态记录
coupon voucher discount promotion offer deal promo | 优惠券 折扣 优惠 促销
loyalty reward bonus | 奖励 会员积分
campaign advertisement ad advert marketing | 广告 营销 推广
audience segment demographic | 受众
follower subscriber | 粉丝
lead prospect opportunity | 线索 商机
date day | 日期
datetime timestamp | 时间戳
weekday | 星期
time hour clock duration | 时间 时刻 时长
timezone | 时区
birthday age birthdate | 生日 年龄
number figure integer digit | 数字 号码 数值
percentage percent ratio proportion | 百分比 比例
average mean | 平均值 平均数
median | 中位数
minimum min | 最小值
maximum max | 最大值
deviation variance | 标准差 方差
factor divisor multiple | 因数 因子
prime | 质数 素数
equation formula expression polynomial | 方程 公式 表达式
matrix vector tensor | 矩阵 向量
area surface | 面积
perimeter circumference | 周长
circle sphere | 圆 圆形
rectangle square | 矩形 正方形
triangle | 三角形
shape polygon | 形状
speed velocity | 速度
acceleration | 加速度
force | 力
energy power | 能量 功率
field voltage | 电压 电场
text string word sentence paragraph phrase | 文本 字符串 文字 单词 句子 字数
character letter | 字符 字母
language dialect locale | 语言 语种
list array collection sequence | 数组 集合
code snippet script source | 代码 脚本
qrcode barcode qr | 二维码 条形码
password passcode pin | 密码 口令
credential secret key token certificate apikey | 密钥 凭证 令牌 证书
authentication login auth signin authorization | 认证 鉴权 登录状态
role | 角色
permission privilege | 权限
light lamp bulb lighting | 灯 灯光 电灯
device appliance gadget equipment | 设备 电器 家电 传感器
door gate lock window curtain blind | 门 窗 窗帘 门锁
camera webcam surveillance | 摄像头 监控
status state progress health | 状态 情况 进度
setting preference option configuration config | 设定 选项 偏好
error bug fault exception failure crash | 错误 故障 异常
alert notification warning | 告警 警报 通知消息
report | 报告 报表 分析报告
dashboard | 看板
statistic analytics metric insight | 统计数据 指标
dataset record row entry | 数据集 数据记录
database db table schema sql | 数据库 数据表
knowledge wiki encyclopedia faq | 知识库 百科
memory | 记忆
storage cache | 缓存 存储
server host machine instance vm | 服务器 主机 实例
container docker pod | 容器
network internet ip domain dns | 网络 域名
website webpage url link page site web | 网站 网页 链接 网址
backup snapshot checkpoint | 备份 快照
version release build | 版本
webhook callback hook | 回调
school university college | 学校 大学
student pupil learner | 学生
teacher professor instructor tutor | 教师 老师
course lesson curriculum | 课程
exam quiz test grade gpa | 考试 成绩 测验
definition meaning dictionary | 定义 含义 词典
translation | 译文
animal pet | 动物 宠物
dog | 狗
cat | 猫
plant flower tree garden | 植物 花
house property apartment estate home rental | 房产 房屋 公寓 房源
warehouse depot | 库房
cleaning housekeeping maintenance repair | 清洁 保洁 维修 维护
safety security compliance | 安全 合规
quality assurance standard | 质量 品质
joke | 笑话
quote quotation | 名言
fact trivia | 冷知识
art artwork painting sculpture | 艺术品 画 雕塑
museum exhibition gallery | 博物馆 展览
era century period | 朝代
war battle | 战争
planet star moon galaxy | 行星 恒星 月球
""".strip()

THEMES = """
money: balance transaction statement remit deposit pay payment invoice price currency bank card
payable: price salary budget revenue profit tax loan interest payment invoice
borrowing: loan interest payment
investing: stock share crypto currency exchange
aftersales: refund return exchange cancel ticket
shipping: parcel order route status track warehouse
stockroom: inventory stock product capacity warehouse
diary: calendar event reminder reservation comment
clock: date datetime weekday time timezone calendar birthday
sky: weather temperature rain
culture: art museum
pets: animal dog cat
fun: joke quote fact
calling: message mail phone post notify alert contact
paperwork: document directory dataset database comment
looking: knowledge database dataset website news document
clinical: doctor patient medicine disease diagnosis symptom hospital checkup reservation
body: exercise nutrition weight bmi sleep
sums: number percentage average median minimum maximum deviation factor prime equation
shapes: area perimeter distance
figures: circle rectangle triangle shape
physics: speed acceleration force energy field distance time
texts: text character language tag keyword
codes: qrcode code
travel: flight hotel train bus metro taxi car trip room reservation ticket
stay: hotel room reservation inventory
eating: restaurant recipe food drink
listening: song artist album audio
watching: movie series video
reading_matter: book author news
playing: game team player league score
place: location landmark address city country region map route distance
working: company employee job resume supplier
people: user employee patient student player contact
selling: campaign coupon audience follower lead loyalty
judging: review survey quality score report statistic
secrecy: password credential authentication
rights: role permission
home: light device door camera temperature
machines: server container network database backup storage memory
watch: alert error history report status dashboard statistic
studying: school student teacher course exam
law: lawsuit lawyer law ticket
describing: statement definition knowledge comment
cleaning_up: cleaning safety quality
""".strip()
