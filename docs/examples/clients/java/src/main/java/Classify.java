import com.google.protobuf.ByteString;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import inference.GRPCInferenceServiceGrpc;
import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import inference.Infer.ModelInferRequest;
import inference.Infer.ModelInferRequest.InferInputTensor;
import inference.Infer.ModelInferResponse;
import inference.Metadata.ModelMetadataRequest;

/** Classifies digits: Classify ADDRESS FILE, where FILE holds images of 32×32 float32, little-endian. */
public final class Classify {
  /** A call that met a full or restarting server is sent again. */
  private static final Map<String, ?> RETRIES = Map.of("methodConfig", List.of(Map.of(
      "name", List.of(Map.of()),
      "retryPolicy", Map.of("maxAttempts", 4.0, "initialBackoff", "0.05s", "maxBackoff", "1s", "backoffMultiplier", 2.0,
          "retryableStatusCodes", List.of("UNAVAILABLE")))));

  private static List<Integer> classify(GRPCInferenceServiceBlockingStub stub, String model, ByteString pixels) {
    var input = within(stub).withWaitForReady()
        .modelMetadata(ModelMetadataRequest.newBuilder().setName(model).build()).getInputs(0);
    List<Long> sizes = input.getShapeList().subList(1, input.getShapeCount());
    long rows = pixels.size() / 4 / sizes.stream().reduce(1L, (a, b) -> a * b);
    ModelInferResponse reply = within(stub).modelInfer(ModelInferRequest.newBuilder()
        .setModelName(model)
        .addInputs(InferInputTensor.newBuilder().setName(input.getName()).setDatatype("FP32").addShape(rows).addAllShape(sizes))
        .addRawInputContents(pixels)
        .build());
    FloatBuffer scores = reply.getRawOutputContents(0).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    int classes = (int) reply.getOutputs(0).getShape(1);
    return IntStream.range(0, (int) rows).mapToObj(row -> largest(scores, row * classes, classes)).toList();
  }

  private static GRPCInferenceServiceBlockingStub within(GRPCInferenceServiceBlockingStub stub) {
    return stub.withDeadlineAfter(5, TimeUnit.SECONDS);
  }

  private static int largest(FloatBuffer values, int from, int count) {
    int best = 0;
    for (int at = 1; at < count; ++at) {
      if (values.get(from + at) > values.get(from + best)) best = at;
    }
    return best;
  }

  public static void main(String[] args) throws Exception {
    String model = args.length > 2 ? args[2] : "digits";
    // Calls go to every address the name has.
    var channel = ManagedChannelBuilder.forTarget(args[0]).usePlaintext()
        .defaultLoadBalancingPolicy("round_robin").defaultServiceConfig(RETRIES).enableRetry().build();
    try {
      var pixels = ByteString.copyFrom(Files.readAllBytes(Path.of(args[1])));
      var digits = classify(GRPCInferenceServiceGrpc.newBlockingStub(channel), model, pixels);
      System.out.println(digits.stream().map(String::valueOf).collect(Collectors.joining(" ")));
    } catch (StatusRuntimeException failure) {
      System.err.println(failure.getStatus().getCode() + ": " + failure.getStatus().getDescription());
      System.exit(1);
    } finally {
      channel.shutdown();
    }
  }
}
