"""Titles and texts of the measured items: official words in Zipf's proportions, no two texts alike."""

import random
from itertools import accumulate

_WORDS = """
工作 管理 服务 项目 实施 建设 单位 部门 情况 信息 公开 政府 资金 检查 监督 安全 生产 企业 群众 发展 推进 落实 加强 组织
开展 完成 标准 要求 制度 措施 责任 重点 领域 规划 方案 通知 意见 办法 规定 审批 许可 处罚 决定 公告 结果 公示 名单
财政 预算 决算 支出 收入 补助 专项 采购 招标 合同 工程 质量 验收 监测 报告 数据 统计 指标 年度 季度 月份 计划 任务 目标
教育 学校 招生 教师 学生 卫生 医疗 医院 疫苗 健康 养老 社会救助 最低生活保障 残疾人 儿童 就业 创业 培训 工资 社会保险
住房 保障性住房 公租房 棚户区 改造 征收 土地 补偿 安置 宅基地 不动产 登记 规划许可 施工 环境 水质 空气 污染 排放 整治
垃圾 农业 种植 养殖 粮食 耕地 灌溉 水库 河道 防汛 抗旱 森林 防火 乡村振兴 产业 帮扶 合作社 农产品 市场 价格
食品 药品 抽检
交通 公路 桥梁 客运 公交 停车 执法 巡查 隐患 排查 应急 预案 演练 救援 消防 气象 地震 灾害 物资 储备 值守 通报
文化 旅游 景区 体育 图书馆 博物馆 非物质文化遗产 宣传 政策 解读 会议 精神 学习 贯彻 研究 审议 讨论 调研 座谈 走访
街道 社区 村民 居民 代表 委员会 乡镇 县区 全州 全县 各地 有关 相关 所属 直属 进一步 切实 认真 全面 深入 依法 按照 根据
及时 严格 不断 持续 有效 积极 稳妥 统筹 协调 配合 负责 牵头 参与 联系 电话 地址 时间 日期 期限 材料 申请 受理 办理 窗口
""".split()  # noqa: SIM905 - a list of words is read as text
_WEIGHTS = list(accumulate(1 / (rank + 3) ** 0.7 for rank in range(len(_WORDS))))
KINDS = ("通知", "公告", "意见", "决定", "公示", "通报", "报告", "方案")
QUERIES = (
    "最低生活保障", "森林防火", "财政预算", "保障性住房 公示", "防汛", "教师培训计划", "云政发〔2025〕12号",
    "農產品 價格", "水质监测报告", "乡村振兴资金", "安全生产检查", "招标 采购",
)  # fmt: skip
"""What citizens type: one word, several, a document number, traditional characters."""
TYPED = (
    *(words[:length] for words in QUERIES for length in (1, 2, 4)),
    "z", "zd", "zdsh", "zuidi", "zuidishenghuo", "sl", "slfh", "gy", "guanyu", "czj", "min", "mzj", "醉低生活", "关于",
)  # fmt: skip
"""Beginnings of what they type, in characters, pinyin and initials; many titles have some, none has others."""
SENTENCES, WORDS_A_SENTENCE = 25, 18


def title_of(rng: random.Random) -> str:
    """A title of some twenty characters, without its last word （通知, 公告 …）."""
    return f"关于{''.join(rng.choices(_WORDS, cum_weights=_WEIGHTS, k=6))}的"


def body_of(rng: random.Random) -> str:
    """About a thousand characters of sanitised HTML: paragraphs of sentences."""
    words = iter(rng.choices(_WORDS, cum_weights=_WEIGHTS, k=SENTENCES * WORDS_A_SENTENCE))
    sentences = []
    for _ in range(SENTENCES):
        half = [next(words) for _ in range(WORDS_A_SENTENCE)]
        sentences.append(f"{''.join(half[:8])}，{''.join(half[8:])}。")
    return "".join(f"<p>{''.join(sentences[at : at + 5])}</p>" for at in range(0, SENTENCES, 5))
