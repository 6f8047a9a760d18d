"""Parts of ort_ratio.py, the latency comparison of mindird with ONNX Runtime."""
