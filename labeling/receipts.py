"""The consumer of what workers send back. It knows receipt tasks and nothing else.

A GPU machine can write to the queue `receipts`. Whatever it writes there, this process can be made to do no more than
the tasks of the modules in TASKS, each of which asks for a signature.
"""

import os

from celery import Celery
from kombu.transport import redis, virtual

from labeling.stack import addresses

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")  # see labeling.celery


class QoS(redis.QoS):
    """What is being worked on. As it comes, it counts a message for ever whose acknowledgement failed with the broker:
    with as many of them as there are threads, the consumer takes no other, and never notices that it lost its
    connection. The broker hands such a message out again."""

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


redis.Channel.QoS = QoS
TASKS = ("dialogues.receipts", "rewards.encoded", "rewards.opinion_receipts", "rewards.receipts")
app = Celery("receipts", broker=addresses().broker, include=[f"labeling.{name}" for name in TASKS])
app.conf.update(
    task_default_queue="receipts",
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    # What a killed consumer had taken comes again after a minute, and storing it twice is harmless.
    broker_transport_options={"visibility_timeout": 60},
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,  # else whoever writes to the broker could stop it, or make it do other things
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
)
app.on_after_finalize.connect(
    lambda sender, **_: [sender.tasks.pop(name) for name in list(sender.tasks) if name.startswith("celery.")],
    weak=False,
)
