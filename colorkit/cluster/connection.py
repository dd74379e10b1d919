"""A Ray cluster, joined or started, and work that its processes share."""

from __future__ import annotations

import collections
import contextlib
import itertools
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_QUEUED_PER_WORKER = 2  # items that wait at a process, so that it need not wait for the driver
_RETRIES = 4  # of an item with which a process ended
_HELD_PER_WORKER = 16  # items begun and not yielded, where one of them takes long


class Cluster:
    """A Ray cluster, joined or started, and left when the block ends.

    Args:
        address: Address of the cluster, such as `"auto"` or `"ray://head:10001"`; `None` for the
            cores of this machine, or the cluster that `ray.init` has joined already.

    Raises:
        ImportError: If Ray is not installed.
        ConnectionError: From the block's start, if there is no cluster at the address.

    Attributes:
        ray: The module.
    """

    def __init__(self, address: str | None) -> None:
        try:
            os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # of what users need not know
            import ray
        except ImportError as error:
            raise ImportError(
                "The engine ray needs Ray: pip install 'colorkit-keras[ray]', or leave --engine "
                "out to work on this machine.",
                name="ray",
            ) from error
        self.ray: Any = ray
        self._address = address
        self._is_own = False
        self._processes: dict[tuple[int, int, int], list[Any]] = {}

    def __enter__(self) -> Cluster:
        if not self.ray.is_initialized():
            self._is_own = True
            quiet = {"logging_level": logging.ERROR, "log_to_driver": False}
            try:
                if self._address is None:
                    self.ray.init(address="local", include_dashboard=False, **quiet)
                else:
                    self.ray.init(address=self._address, **quiet)
            except Exception as error:  # of many kinds
                where = "on this machine" if self._address is None else f"at {self._address}"
                raise ConnectionError(f"Cannot join a Ray cluster {where}: {error}") from error
        return self

    def __exit__(self, *error: object) -> None:
        self.release()
        if self._is_own:
            self.ray.shutdown()

    def release(self) -> None:
        """Ends the processes that `map` has started, and so gives their cores back."""
        for process in itertools.chain(*self._processes.values()):
            self.ray.kill(process)
        self._processes.clear()

    def count_workers(self, workers: int | None, with_model: bool = True) -> tuple[int, int, int]:
        """Shares the cluster out.

        Args:
            workers: Number of processes asked for; `None` for as many as there are GPUs, or cores.
            with_model: Whether GPUs are of use.

        Returns:
            Number of processes, and of cores and GPUs of each.
        """
        resources = self.ray.cluster_resources()
        cores = int(resources.get("CPU", 1))
        gpus = int(resources.get("GPU", 0)) if with_model else 0
        share = max(1, cores // gpus) if gpus else 1
        return workers or gpus or cores, share, 1 if gpus else 0

    @contextlib.contextmanager
    def data(self, queued_bytes: int | None = None) -> Iterator[Any]:
        """Yields the module `ray.data`, which is quiet. Raises what the cluster raised, as it was.

        Args:
            queued_bytes: How many may wait between stages; `None` for Ray's own limit.
        """
        data = self.ray.data
        context = data.DataContext.get_current().copy()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        context.raise_original_map_exception = True
        if queued_bytes is not None:
            context.execution_options.resource_limits = data.ExecutionResources(
                object_store_memory=queued_bytes
            )
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        with self.telling_causes(), data.DataContext.current(context):
            yield data

    @contextlib.contextmanager
    def telling_causes(self) -> Iterator[None]:
        """Raises what was raised on the cluster, without where and how Ray brought it here."""
        try:
            yield
        except self.ray.exceptions.RayTaskError as error:
            raise error.cause from None

    def map(
        self,
        make: Callable[[], Callable[[T], R]],
        items: Iterable[T],
        workers: int | None = None,
        with_model: bool = False,
    ) -> Iterator[R]:
        """Applies a function to items on several processes. Yields the results in order.

        What a process that is lost had in hand is done by another. Items are taken as they are
        needed, and few results are held. Processes are started once, and stay until `release`.

        Args:
            make: Function without arguments that each process calls once; it returns the function
                of an item. It is pickled. An item may be given to the function twice.
            items: Iterable.
            workers: As for `count_workers`.
            with_model: Likewise.

        Raises:
            MemoryError: If processes end over one item again and again.
        """
        processes = self._start(*self.count_workers(workers, with_model))
        number = len(processes)
        made = self.ray.put(make)
        busy: dict[Any, int] = {}  # from a result to the number of its process
        begun: collections.deque[Any] = collections.deque()
        for item in items:
            while len(busy) >= _QUEUED_PER_WORKER * number:
                done, _ = self.ray.wait(list(busy))
                for result in done:
                    del busy[result]
            load = collections.Counter(busy.values())
            chosen = min(range(number), key=load.__getitem__)
            begun.append(processes[chosen].call.remote([made], item))
            busy[begun[-1]] = chosen
            while begun and (begun[0] not in busy or len(begun) >= _HELD_PER_WORKER * number):
                busy.pop(begun[0], None)
                yield self._get(begun.popleft())
        while begun:
            yield self._get(begun.popleft())

    def _start(self, number: int, cores: int, gpus: int) -> list[Any]:
        if (number, cores, gpus) not in self._processes:
            kind = self.ray.remote(
                num_cpus=cores,
                num_gpus=gpus,
                max_restarts=-1,
                max_task_retries=_RETRIES,
                runtime_env=limiting_environment(cores),
            )(_Process)
            started = [kind.remote(cores) for _ in range(number)]
            self._processes[number, cores, gpus] = started
        return self._processes[number, cores, gpus]

    def _get(self, result: Any) -> Any:
        with self.telling_causes():
            try:
                return self.ray.get(result)
            except self.ray.exceptions.RayActorError as error:
                raise MemoryError(
                    f"The processes that work end, {_RETRIES + 1} times over the same photographs "
                    f"({error}): memory may not suffice. Use fewer --workers, or machines with "
                    "more memory."
                ) from error


class _Process:
    """A process of the cluster that applies functions; what a Ray actor holds."""

    def __init__(self, cores: int) -> None:
        limit_threads(cores)
        self._functions: dict[Any, Callable[[Any], Any]] = {}

    def call(self, made: list[Any], item: Any) -> Any:
        """Applies the function that what is pickled in `made` returns."""
        (reference,) = made
        if reference not in self._functions:
            import ray

            self._functions = {reference: ray.get(reference)()}
        return self._functions[reference](item)


def limiting_environment(cores: int) -> dict[str, Any]:
    """Returns the `runtime_env` of an actor whose libraries run on its cores alone.

    By default they start a thread for each core of the machine. They look at these variables as
    they are loaded, by Ray itself: a process cannot set them for itself.

    Args:
        cores: Number of the actor's cores.
    """
    names = (
        *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
        *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
    )
    return {"env_vars": dict.fromkeys(names, str(cores))}


def limit_threads(cores: int) -> None:
    """Keeps OpenCV, which heeds no variable, to the cores of this process."""
    import cv2

    cv2.setNumThreads(cores)
