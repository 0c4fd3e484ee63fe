"""Notices: somebody is told of an alarm, by a command or a web hook."""

from typing import TYPE_CHECKING

from pipeline.registry import Registry

if TYPE_CHECKING:
    from pipeline.batch.notices.notifier import Notifier

NOTIFIERS: "Registry[type[Notifier]]" = Registry(
    "notifier",
    {
        "command": "pipeline.batch.notices.command:Command",
        "http": "pipeline.batch.notices.webhook:Webhook",
        "https": "pipeline.batch.notices.webhook:Webhook",
    },
    group="faultprint.notifiers",
)

__all__ = ["NOTIFIERS"]
