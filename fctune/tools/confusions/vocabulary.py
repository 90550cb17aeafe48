"""The tables of deeds: synonymous verbs, opposites, siblings; and the words that say nothing.

Role: data. One line of a table is one group, with its indented lines; the first word names it.
English words stand before the bar, Chinese ones after it, so that a bilingual catalogue meets
itself. English words are compared by their stem (`words.stem`): each is listed in its plain form.
"""

from __future__ import annotations

# A verb group holds words that users and authors mix freely.
VERBS = """
get fetch retrieve read obtain show display view query inquire inquiry lookup access provide
  give describe info detail inspect
  | 获取 查询 查看 读取 显示 展示 获得 得到 返回 详情 了解
list enumerate browse index catalog | 列出 列表 列举 浏览
search find discover locate filter explore match | 搜索 查找 检索 寻找 筛选 过滤
check verify validate test confirm ensure audit | 检查 校验 验证 核对 核实 确认 检测
count total tally | 统计 计数
track trace follow monitor watch observe | 跟踪 追踪 监控 监测 关注
compare contrast diff | 比较 对比
recommend suggest propose advise | 推荐 建议
create add insert new make register build initialize init generate compose produce
  | 创建 新增 添加 新建 增加 生成 建立 注册 制作 录入
update edit modify change set patch replace alter adjust revise configure amend
  | 更新 修改 编辑 变更 设置 调整 更改 配置
upsert save store write put persist record | 保存 存储 写入 记录
delete remove erase drop destroy purge clear discard clean | 删除 移除 清除 清空 销毁 去除
archive | 归档 存档
cancel cancellation abort revoke void withdraw rescind | 取消 撤销 撤回 作废 解约 退订
refund reimburse reimbursement | 退款 退费 退钱
return | 退货 退还 归还
exchange swap | 换货 调换
stop terminate end kill shutdown halt finish | 停止 终止 结束
pause suspend hold freeze | 暂停 挂起 冻结
start begin launch run execute trigger invoke perform play | 启动 开始 运行 执行 触发 播放
resume continue restart | 恢复 继续 重启
open unlock | 打开 开启 解锁
close lock | 关闭 锁定 关上
enable activate | 启用 激活 开通
disable deactivate | 禁用 停用
send deliver dispatch email mail text | 发送 寄送
notify alert remind inform warn | 通知 提醒 警告 告知
schedule plan arrange | 安排 计划 预定时间 排期 定时
reply respond answer | 回复 答复 回答
forward redirect | 转发
publish post release share broadcast tweet | 发布 发表 分享 公布
upload import attach | 上传 导入
download export | 下载 导出
copy clone duplicate | 复制 克隆 拷贝
move transfer migrate relocate | 移动 转移 迁移
remit wire | 转账 汇款 转帐
rename | 重命名
pay charge settle | 支付 付款 缴费 缴纳 结算
buy purchase order checkout | 购买 下单 采购 订购
sell | 出售 卖出 销售
book reserve reservation appointment | 预订 预约 预定 挂号
subscribe enroll join | 订阅 加入 报名
unsubscribe leave | 取消订阅 退出
deposit recharge topup | 存款 充值 存入
calculate compute evaluate calculator solve determine derive | 计算 求解 核算 测算
estimate predict forecast assess approximate | 估算 预测 预估 评估 估计
convert conversion transform | 转换 换算 兑换 转化
translate | 翻译
analyze analysis analyse examine investigate | 分析 解析
summarize summary digest | 总结 摘要 概括 汇总
extract parse scrape | 提取 抽取 抓取
classify categorize | 分类
detect recognize identify identification recognition | 识别 检出 辨认
encode encrypt | 编码 加密
decode decrypt | 解码 解密
login signin authenticate | 登录 登陆
logout signout | 登出 注销
approve accept grant allow | 批准 同意 接受 授权 通过
reject decline deny refuse | 拒绝 驳回
apply request submit file ask | 申请 请求 提交 提出 办理
assign allocate | 分配 指派
merge combine | 合并
split divide | 拆分 分割
sort rank | 排序 排名
reset restore revert undo rollback | 重置 还原 回滚
block mute ban | 屏蔽 拉黑 静音
invite | 邀请
reverse | 反转 倒序
deduplicate dedupe | 去重
gather collect | 收集 采集
embed | 嵌入
manage control handle administer operate | 管理 控制 操作
rate review score | 评价 评分 点评
""".strip()

# Verbs that undo each other: one object, and a request that names the deed tells them apart.
OPPOSITES = """
create delete, enable disable, start stop, open close, send receive, login logout, upload download,
encode decode, subscribe unsubscribe, approve reject, buy sell, deposit withdraw, pause resume,
create cancel, book cancel, buy refund, buy return, assign unassign, merge split, push pull,
increase decrease, increment decrement, raise lower, show hide, install uninstall, attach detach,
connect disconnect, like dislike, lend borrow, import export, min max, minimum maximum, join leave,
first last, next previous, earliest latest, highest lowest, incoming outgoing, up down, in out
""".strip()

# Verbs that are neither the same nor opposed, and that stand for neighbouring wishes.
SIBLINGS = """
get list search check count track compare recommend
create update upsert copy assign invite
update disable enable reset move rename
delete archive cancel disable stop close reset
refund return exchange cancel
send schedule notify reply forward publish
start resume enable open
stop pause disable close
calculate estimate convert analyze compare count
analyze summarize extract classify detect
book schedule buy apply
book search check
buy search
pay remit deposit
copy move rename
upload upsert create
check detect analyze
apply create buy
translate convert
sort reverse search deduplicate
""".strip()

# Verbs that only carry another one: `apply_refund` and `request_refund` are about the refund.
LIGHT = frozenset(("apply", "start", "process", "make", "do", "perform", "initiate"))

# Nouns that only look like the -ing form of a verb; their stem is the whole word.
WHOLE = """
booking training meaning meeting setting rating shipping billing marketing building listing pricing
housing string nothing something morning evening ceiling wedding parking banking trading hosting
clothing ring king spring thing warning
""".strip()

# Deeds that nobody takes for each other on one thing: to look, to make, to change, to end.
KINDS = """
look: get list search check count track compare recommend summarize analyze
make: create upsert upload copy
change: update move rename assign reset
end: delete archive cancel disable
""".strip()

# Words that carry no meaning in a tool's text, and words that carry little.
STOP = """
a an the this that these those and or but nor if then else of in on at to for from by with within
without into onto over under between among through during before after about against as is are was
were be been being am do does did done can could may might must shall should will would it its they
them their there here he she his her you your yours we our us i me my who whom whose which what when
where why how not no yes all any each every both either neither some such same so than too very just
only also more most less least other another one two three per via etc eg ie e.g i.e using use used
uses user's based upon whether given specified specific provided certain particular various optional
optionally required returns result results output outputs input inputs parameter parameters value
values argument arguments function functions tool tools api endpoint call calls called helps help
allow allows enable enables default format e s t d
的 了 和 与 及 或 在 是 将 把 被 对 为 以 于 从 到 由 并 等 该 此 其 这 那
个 一 一个 根据 指定 用于 进行 可以 通过 给定 也 都 就 只 还 已 未 不 没 有
按 凭 给 让 请 某 些 各 每 后 前 时 中 里 内 没有 什么 哪些 例如 比如 必须 或者 以及
并且 如果 自己 本人 他人 自动 已经 使用 yyyy hh
""".strip()
WEAK = """
get information info data detail details name id identifier type number list string object content
current new available include including contain different set system service request response field
example return provide support follow own need want want required valid
信息 数据 详细 当前 所有 相关 内容 功能 系统 服务 接口 需要 支持 提供
""".strip()
