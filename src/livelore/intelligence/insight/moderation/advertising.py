"""Advertising: words that sell something, counted with what invites to leave the room."""

import re

from livelore.intelligence.insight.moderation.plain import Plain, joined

_SELLS = re.compile(
    r"(兼职|刷单|日结|日赚|日入|月入(?:过万|上万|\d)|躺赚|稳赚|包赚|赚钱(?:项目|的?加)|副业|代练|代打|代刷|代写|代考|代充"
    r"|买粉|涨粉|卖号|出号|收号|办证|发票|贷款|套现|网赚|博彩|彩票计划|下注|返利|返现|优惠券|内部价|低价出|批发|厂家直销"
    r"|包过|保过|答案出售|真题出售|资源出售|破解版|网盘资源|资料免费领|免费领(?:取|资料)?|领红包|红包群|拉群|进群领"
    r"|约炮|同城交友|裸聊|成人视频|看片|福利群|色情|招代理|招商|加盟|理财群|股票群|带单|内幕消息|牛股"
    r"|freefollowers|buyfollowers|cheapviewers|followersandviewers|onlyfans|crypto(?:signals|airdrop)"
    r"|earnmoney(?:online)?|workfromhome|promocode|clickmyprofile|checkmybio|freegiftcard)"
)
_INVITES = re.compile(
    r"(加我|加微|加v|加q|私聊|私我|私信|联系我|扫码|点击|点我|链接|关注我|进群|加群|主页|咨询|详情|名额|限时|秒到账"
    r"|dmme|visit|clickhere|joinnow|link(?:inbio)?|discount|whatsapp|telegram)"
)


def advertising(read: Plain, has_contact: bool) -> tuple[int, int, float] | None:
    """Where and how surely a message advertises.

    Args:
        read: Undisguised.
        has_contact: A contact was found in it.

    Returns:
        None without a word that sells. Such a word alone may be talk about selling; with an
        invitation or a contact beside it, it hardly is.
    """
    read = joined(read)
    sells = list(_SELLS.finditer(read.text))
    if not sells:
        return None
    invites = bool(_INVITES.search(read.text))
    kinds = {each.group() for each in sells}
    confidence = min(0.45 + 0.2 * (len(kinds) - 1) + 0.3 * invites + 0.3 * has_contact, 0.97)
    return (*read.span(sells[0].start(), sells[-1].end()), confidence)
