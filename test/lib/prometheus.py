# Reads metrics in the text format of Prometheus with its own Python client, and
# writes them as JSON: [{"name", "type", "help", "samples": [[name, labels, value]]}].
import json
import sys

from prometheus_client.parser import text_string_to_metric_families

print(json.dumps([
    {"name": f.name, "type": f.type, "help": f.documentation,
     "samples": [[s.name, s.labels, repr(s.value)] for s in f.samples]}
    for f in text_string_to_metric_families(sys.stdin.buffer.read().decode("utf-8"))]))
