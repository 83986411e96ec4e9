"""Who may decide, from the settings of a process that has to know: `serve` judges by it, `talk` names them on cards."""

from dataclasses import replace

from bot.adapters.catalogue_file import read_catalogue
from bot.core.approvers import Deciders
from bot.settings import ServeSettings, TalkSettings


def deciders_of(settings: ServeSettings | TalkSettings) -> Deciders:
    return Deciders(
        general=settings.approvers,
        careful=settings.approvers_careful,
        critical=settings.approvers_critical,
        catalogue=read_catalogue(settings.catalog),
    )


def enders_of(settings: ServeSettings) -> Deciders:
    """Who may resolve what still fires: the on-call, and whoever decides anything."""
    known = deciders_of(settings)
    return replace(known, general=tuple(dict.fromkeys((*settings.oncall, *known.of(None)))))
