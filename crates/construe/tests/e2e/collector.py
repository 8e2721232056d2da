"""An OpenTelemetry collector that keeps what it gets: traces, metrics and logs over OTLP/gRPC."""

import os
import threading
from concurrent import futures

# Tests start processes while this server runs; gRPC's own care for forks only makes noise about it.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

import grpc  # noqa: E402
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc  # noqa: E402
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc  # noqa: E402
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc  # noqa: E402


class Span:
    def __init__(self, service, span):
        self.service = service
        self.name = span.name
        self.trace = span.trace_id.hex()
        self.id = span.span_id.hex()
        self.parent = span.parent_span_id.hex()
        self.links = [link.trace_id.hex() for link in span.links]
        self.attributes = {entry.key: _plain(entry.value) for entry in span.attributes}

    def belongs_to(self, trace):
        return self.trace == trace or trace in self.links

    def __repr__(self):
        return f"{self.service}/{self.name}"


class Collector:
    """`messages` holds every export as it came over the wire, decoded only as far as needed."""

    def __init__(self):
        self._lock = threading.Lock()
        self._messages = {"traces": [], "metrics": [], "logs": []}
        self._server = grpc.server(futures.ThreadPoolExecutor(4))
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(
            _servicer(
                self,
                "traces",
                trace_service_pb2_grpc.TraceServiceServicer,
                trace_service_pb2.ExportTraceServiceResponse,
            ),
            self._server,
        )
        metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(
            _servicer(
                self,
                "metrics",
                metrics_service_pb2_grpc.MetricsServiceServicer,
                metrics_service_pb2.ExportMetricsServiceResponse,
            ),
            self._server,
        )
        logs_service_pb2_grpc.add_LogsServiceServicer_to_server(
            _servicer(
                self, "logs", logs_service_pb2_grpc.LogsServiceServicer, logs_service_pb2.ExportLogsServiceResponse
            ),
            self._server,
        )
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        self.endpoint = f"http://127.0.0.1:{port}"

    def keep(self, signal, message):
        with self._lock:
            self._messages[signal].append(message)

    def messages(self, signal):
        with self._lock:
            return list(self._messages[signal])

    def spans(self):
        return [
            Span(_service(resource), span)
            for message in self.messages("traces")
            for resource in message.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def metrics(self):
        """{service: names of its metrics}"""
        names = {}
        for message in self.messages("metrics"):
            for resource in message.resource_metrics:
                for scope in resource.scope_metrics:
                    names.setdefault(_service(resource), set()).update(metric.name for metric in scope.metrics)
        return names

    def log_services(self):
        return {_service(resource) for message in self.messages("logs") for resource in message.resource_logs}

    def everything(self):
        """All that arrived, as text: attributes, names, bodies, whatever."""
        return "\n".join(str(message) for signal in self._messages for message in self.messages(signal))

    def close(self):
        self._server.stop(grace=1).wait()


def _servicer(collector, signal, base, response):
    class Servicer(base):
        def Export(self, request, context):
            collector.keep(signal, request)
            return response()

    return Servicer()


def _plain(value):
    return getattr(value, value.WhichOneof("value") or "string_value")


def _service(resource):
    for attribute in resource.resource.attributes:
        if attribute.key == "service.name":
            return attribute.value.string_value
    return ""
