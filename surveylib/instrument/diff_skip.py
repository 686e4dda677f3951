"""Whether two versions of a questionnaire ask an item of the same people."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import numpy as np

from surveylib.instrument.worlds import Rules, asked, upstream, worlds
from surveylib.model.change import Change
from surveylib.model.questionnaire import Item, Questionnaire


def skip_change(old: Questionnaire, new: Questionnaire) -> Callable[[str], Iterator[Change]]:
    """A function of an item's id: the change of who is asked it, by its own rule or by one further up.

    Rules that are too large for a table of truth count as changed when they are written differently.
    """
    sides = [{item.id: item for item in version.items} for version in (old, new)]
    rules = [{name: item.relevance for name, item in items.items()} for items in sides]
    scales: dict[str, list] = {}
    for version in (old, new):
        own = {scale.id: scale for scale in version.scales}
        for item in version.items:
            scales.setdefault(item.id, []).append(own[item.scale])

    def change(name: str) -> Iterator[Change]:
        orders = [upstream(name, own) for own in rules]
        if rules[0][name] is rules[1][name] is None or _same(name, orders, rules, scales):
            return
        own = [items[name].ask_if or "" for items in sides]
        verdict = "not_comparable"
        shown = own if own[0] != own[1] else [_chain(name, o, i) for o, i in zip(orders, sides, strict=True)]
        yield Change(part="item", id=name, kind="skip", verdict=verdict, old=shown[0], new=shown[1])

    return change


def _same(name: str, orders: list, rules: list[Rules], scales: dict[str, list]) -> bool:
    if None in orders:
        return _written(name, rules[0]) == _written(name, rules[1])
    if all(_alike(one, rules) for one in (*orders[0], name)) and orders[0] == orders[1]:
        return True
    names = dict.fromkeys((*orders[0], *orders[1]))
    read = [own.get(one) for own in rules for one in (*names, name)]
    made = worlds(names, scales=scales, rules=read)
    if made is None:
        return False
    tables = [asked(name, order=o, rules=r, worlds=made).really for o, r in zip(orders, rules, strict=True)]
    return bool(np.array_equal(*tables))


def _alike(name: str, rules: list[Rules]) -> bool:
    return _written(name, rules[0]) == _written(name, rules[1])


def _written(name: str, rules: Rules) -> str:
    rule = rules.get(name)
    return "" if rule is None else ast.unparse(rule.tree)


def _chain(name: str, order: tuple[str, ...] | None, items: dict[str, Item]) -> str:
    """The rules above an item whose own is unchanged."""
    above = [one for one in (*(order or ()), name) if items[one].ask_if]
    return "; ".join(f"{one}: {items[one].ask_if}" for one in above)
