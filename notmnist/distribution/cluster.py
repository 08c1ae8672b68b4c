"""Joins this process with others to train one model together."""

from __future__ import annotations

import dataclasses
import importlib.util
import inspect
import types
from typing import Any, Self

from notmnist.distribution.addresses import Address, Hosts, hosts_of
from notmnist.distribution.collectives import barrier, broadcast, require_same
from notmnist.distribution.meeting import listening
from notmnist.distribution.watch import Watch
from notmnist.errors import ArgumentError, ClusterError, invalid, missing_extra

__all__ = ["Cluster", "join"]

_VERDICT = 3.0  # seconds in which an error of a collective operation shows to be a lost process


def join(
    hosts: str | None = None,
    index: int | None = None,
    *,
    seed: int = 0,
    timeout: float = 60.0,
    start_timeout: float = 300.0,
) -> Cluster:
    """Join this process with others for data-parallel training on JAX.

    To be called in every process, before anything is computed. Sets Keras's seed, and its
    distribution to `keras.distribution.DataParallel` over all devices of all processes, so that
    models made afterwards train on all of them.

    Args:
        hosts: "a:port,b:port", an address a process, the same text in all of them; on the first
            JAX listens, on the others the watch over lost processes. None for what the
            environment variable KERAS_DISTRIBUTION_JOB_ADDRESSES says.
        index: Which of them this process is, from 0. None for what the scheduler says, of Keras,
            Slurm, Open MPI, MPICH or Kubernetes.
        seed: For `keras.utils.set_random_seed`, the same in all processes.
        timeout: Seconds without a word after which another process counts as lost. Then this one
            logs which and ends with status 3; a process that is killed is noticed at once.
        start_timeout: Seconds to wait for the others at the start.

    Returns:
        A `Cluster`, to be left by `with` once all have finished.

    Raises:
        ArgumentError: An argument's value is not allowed, Keras runs on another backend, or
            something was computed before.
        ClusterError: Another process did not come or belongs to another run.
        MissingExtraError: JAX is not installed.

    Example:
        >>> join("10.0.0.1:4000,10.0.0.2:4000", index=2)
        Traceback (most recent call last):
        notmnist.errors.ArgumentError: `index` must be 0 to 1, ... Received: index=2.
    """
    here = hosts_of(hosts, index)
    if not timeout > 0:
        raise invalid("timeout", timeout, "be more than 0 seconds")
    jax = _jax()
    _require_free(here.addresses[0] if here.index == 0 else None)
    watch = Watch(here, timeout)
    watch.start(start_timeout)
    import keras

    options = {
        "coordinator_address": str(here.addresses[0]),
        "num_processes": len(here.addresses),
        "process_id": here.index,
        "cluster_detection_method": "deactivate",
        "initialization_timeout": max(1, round(start_timeout)),
        # the watch is to speak first
        "heartbeat_timeout_seconds": max(10, round(2 * timeout)),
        "shutdown_timeout_seconds": max(10, round(2 * timeout)),
    }
    if here.addresses[0].is_loopback:
        options["coordinator_bind_address"] = str(here.addresses[0])
    known = inspect.signature(jax.distributed.initialize).parameters  # older JAX knows fewer
    jax.distributed.initialize(**{name: options[name] for name in options if name in known})
    keras.utils.set_random_seed(seed)
    before = keras.distribution.distribution()
    keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))
    devices = jax.device_count()
    watch.ready()
    return Cluster(here, watch, devices, before)


class Cluster:
    """The processes that train together; what `join` returns.

    Attributes:
        index: Which of them this is, from 0.
        count: How many there are.
        devices: How many devices they have together.
    """

    def __init__(self, hosts: Hosts, watch: Watch, devices: int, before: Any) -> None:
        self.index = hosts.index
        self.count = len(hosts.addresses)
        self.devices = devices
        self._watch = watch
        self._before = before

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that prints, draws and saves."""
        return self.index == 0

    def share(self, batches: Any) -> Any:
        """Return this process's own share of every batch, for `fit` and `evaluate`.

        All processes take part in the call. Their order of the examples is the same even where
        `load` was called without a seed. Fit with `shuffle=False`: the batches are shuffled.

        Args:
            batches: What `notmnist.load` gives on JAX. Its batch size is that of all processes
                together and must be a multiple of their devices.

        Returns:
            A `keras.utils.PyDataset`. A last batch is cut to a multiple of the devices.

        Raises:
            ArgumentError: These are no such batches, or others than in another process.
        """
        from notmnist.datasets.feeds.keras import BatchDataset
        from notmnist.distribution.batches import SharedBatches

        if not isinstance(batches, BatchDataset):
            raise invalid("batches", batches, 'be what load(format="keras") gives')
        plan = batches.plan
        store = plan.selection.store.manifest
        require_same(
            [plan.selection.runs, plan.batch_size, plan.shuffle, plan.repeat, plan.drop_remainder,
             plan.label_mode, store["fingerprint"]],
            "batches",
        )  # fmt: skip
        seed = int(broadcast(str(plan.seed).encode()))  # where `load` drew one, they differ
        return SharedBatches(
            BatchDataset(dataclasses.replace(plan, seed=seed)),
            self.index,
            self.count,
            self.devices,
        )

    def local(self, model: Any) -> Any:
        """Return a copy of a model for this process alone, compiled as the model is.

        It can be evaluated on whole batches and saved once the cluster is left.

        Args:
            model: One that was trained here.

        Returns:
            A `keras.Model`.
        """
        import keras

        during = keras.distribution.distribution()
        keras.distribution.set_distribution(None)
        try:
            copy = keras.models.clone_model(model)
            copy.set_weights(model.get_weights())
            if model.compiled:
                copy.compile_from_config(model.get_compile_config())
        finally:
            keras.distribution.set_distribution(during)
        return copy

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        import keras

        keras.distribution.set_distribution(self._before)
        if error is not None:
            self._watch.drop(_VERDICT)
            return
        barrier("notmnist leaves")
        self._watch.leave()


def _jax() -> Any:
    """Import JAX, which must be Keras's backend and not have been used."""
    if importlib.util.find_spec("jax") is None:
        raise missing_extra("Training on several machines", "jax", "jax")
    import keras

    if keras.config.backend() != "jax":
        message = (
            f"Training on several machines needs Keras on JAX, not {keras.config.backend()!r}: set "
            "KERAS_BACKEND=jax before Keras is imported."
        )
        raise ArgumentError(message)
    import jax

    if jax.distributed.is_initialized():
        raise ClusterError("This process has joined a run already: `join` it once a process.")
    return jax


def _require_free(address: Address | None) -> None:
    """Hold the first address to be free here: JAX would abort the process where it is not."""
    if address is not None:
        listening(address).close()
