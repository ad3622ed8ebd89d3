"""A pool of processes that ends with the process that it works for, whatever ends that."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
Start = Callable[[Callable[[T], Any], Sequence[T]], "dict[T, Future[Any]]"]
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def worker_pool(count: int) -> Iterator[Start[Any]]:
    """A function that starts a task for each item and returns the futures by item.

    If the block is left by an exception, as after an interrupt, the workers are killed at work.
    """
    others = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(count, initializer=_begin)

    def start(task: Callable[[T], Any], items: Sequence[T]) -> dict[T, Future[Any]]:
        with undisturbed():
            return {item: executor.submit(task, item) for item in items}

    try:
        yield start
    except BaseException:
        with undisturbed():
            results = executor._result_queue
            for worker in set(multiprocessing.active_children()) - others:
                worker.kill()
            # The executor's thread may wait for the rest of what a killed worker was sending: it
            # comes to an end once nobody, this process included, can send any more.
            results._writer.close()  # type: ignore[attr-defined]
            executor.shutdown(cancel_futures=True)
        raise
    executor.shutdown()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold back interrupts, also from processes and threads that are started meanwhile."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """In a worker: the parent answers interrupts, and its end is ours."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
