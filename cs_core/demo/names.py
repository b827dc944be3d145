"""Made-up company names, English and Japanese, never twice the same."""

from __future__ import annotations

import itertools

import numpy as np


def _words(text: str) -> list[str]:
    return text.split()


_FIRST = _words(
    "Amber Birch Blue Bright Cedar Clear Copper Coral Crescent Eastgate Elder Fern Garnet Granite "
    "Green Harbor Hazel High Iron Ivory Juniper Lark Linden Lunar Maple Marble Meadow Morning "
    "North Oak Opal Pine Quartz Quiet Red River Rowan Silver South Stone Swift Willow"
)
_SECOND = _words(
    "bridge field gate grove haven hill lake mark mill path peak point port ridge shore side "
    "spring ton vale view way well wood works"
)
_KIND = _words("Analytics Care Foods Labs Learning Logistics Partners Retail Studio Systems")

_HEAD = _words(
    "青葉 旭 朝日丘 飛鳥 泉 岩崎 梅田 大空 岡本 加賀 柏木 桂 北斗 桐生 楠 黒潮 紅葉 小金井 桜井 "
    "笹川 白川 瑞穂 高砂 髙島田 竹中町 千歳 月島 土屋 東雲 長峰 夏目 西陣 野々村 萩原 花園 "
    "日向 福寿 富士見 星野 松風 緑川 南風 武蔵野 森下 八千代 山吹 結城 若葉"
)
_TAIL = _words(
    "印刷 運輸 建設 工業 産業 システム 商事 食品 製作所 精機 設計 ソフト テクノ 電機 ネット "
    "物産 不動産 物流 メディカル 薬品 予備校 ラボ"
)
_FORM = ("株式会社{}", "{}株式会社", "㈱{}", "{}㈱", "有限会社{}")


def english(generator: np.random.Generator, count: int) -> list[str]:
    pool = [f"{a}{b} {c}" for a, b, c in itertools.product(_FIRST, _SECOND, _KIND)]
    return _pick(generator, pool, count)


def japanese(generator: np.random.Generator, count: int) -> list[str]:
    pool = [f.format(a + b) for a, b, f in itertools.product(_HEAD, _TAIL, _FORM)]
    return _pick(generator, pool, count)


def _pick(generator: np.random.Generator, pool: list[str], count: int) -> list[str]:
    """A random order of the pool; once it is used up, again with a number behind."""
    order = generator.permutation(len(pool))
    rounds = [divmod(index, len(pool)) for index in range(count)]
    return [pool[order[at]] + (f" {lap + 1}" if lap else "") for lap, at in rounds]
