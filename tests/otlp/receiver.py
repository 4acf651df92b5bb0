"""A collector for a test: takes a POST of OTLP metrics, checks what the data model demands, and prints each as a line of JSON.

Prints its port first. Reads with PyPI's opentelemetry-proto, so that tardy's messages are what others take them for.
"""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_CUMULATIVE as CUMULATIVE


def labels(attributes):
    return ",".join(f"{one.key}={one.value.string_value}" for one in attributes)


def times(point):
    buckets = list(point.positive.bucket_counts)
    assert sum(buckets) + point.zero_count + sum(point.negative.bucket_counts) == point.count, point
    assert len(buckets) <= 160 and point.min <= point.max
    return {"count": point.count, "sum": point.sum, "min": point.min, "max": point.max, "scale": point.scale,
            "zero": point.zero_count, "offset": point.positive.offset, "buckets": buckets}


def read(metric):
    kind = metric.WhichOneof("data")
    data = getattr(metric, kind)
    if kind == "sum":
        assert data.is_monotonic and data.aggregation_temporality == CUMULATIVE, metric.name
    if kind == "exponential_histogram":
        assert data.aggregation_temporality == CUMULATIVE and metric.unit == "s", metric.name
    assert metric.description and metric.unit and len(data.data_points) > 0, metric.name
    assert (metric.unit == "1") == metric.name.endswith(".ratio"), metric
    points = {}
    for point in data.data_points:
        assert 0 < point.start_time_unix_nano <= point.time_unix_nano, metric.name
        value = times(point) if kind == "exponential_histogram" else point.as_int if kind == "sum" else point.as_double
        assert labels(point.attributes) not in points, metric.name
        points[labels(point.attributes)] = value
    return points


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        assert self.path == "/v1/metrics" and self.headers["content-type"] == "application/x-protobuf"
        request = ExportMetricsServiceRequest()
        request.ParseFromString(self.rfile.read(int(self.headers["content-length"])))
        (resource,) = request.resource_metrics
        (scope,) = resource.scope_metrics
        metrics = {metric.name: read(metric) for metric in scope.metrics}
        assert len(metrics) == len(scope.metrics)
        told = {"resource": labels(resource.resource.attributes), "scope": scope.scope.name, "metrics": metrics}
        print(json.dumps(told), flush=True)
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
print(server.server_port, flush=True)
server.serve_forever()
