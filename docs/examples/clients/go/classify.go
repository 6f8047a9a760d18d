// Command classify reads digits: classify ADDRESS FILE, where FILE holds images of 32×32 float32, little-endian.
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"log"
	"math"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"example.org/classify/inference"
)

// Calls go to every address the name has, and one that met a full or restarting server is sent again.
const settings = `{
  "loadBalancingConfig": [{"round_robin": {}}],
  "methodConfig": [{
    "name": [{}],
    "retryPolicy": {"maxAttempts": 4, "initialBackoff": "0.05s", "maxBackoff": "1s", "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"]}
  }]
}`

func classify(ctx context.Context, client inference.GRPCInferenceServiceClient, model string, pixels []byte) ([]int, error) {
	described, err := client.ModelMetadata(ctx, &inference.ModelMetadataRequest{Name: model}, grpc.WaitForReady(true))
	if err != nil {
		return nil, err
	}
	input := described.Inputs[0]
	size := int64(4)
	for _, length := range input.Shape[1:] {
		size *= length
	}
	shape := append([]int64{int64(len(pixels)) / size}, input.Shape[1:]...)

	reply, err := client.ModelInfer(ctx, &inference.ModelInferRequest{
		ModelName:        model,
		Inputs:           []*inference.ModelInferRequest_InferInputTensor{{Name: input.Name, Datatype: "FP32", Shape: shape}},
		RawInputContents: [][]byte{pixels},
	})
	if err != nil {
		return nil, err
	}
	classes := int(reply.Outputs[0].Shape[1])
	best := make([]int, shape[0])
	for row := range best {
		most := float32(math.Inf(-1))
		for class := range classes {
			bits := binary.LittleEndian.Uint32(reply.RawOutputContents[0][4*(row*classes+class):])
			if score := math.Float32frombits(bits); score > most {
				most, best[row] = score, class
			}
		}
	}
	return best, nil
}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 3 {
		log.Fatal("usage: classify ADDRESS FILE [MODEL]")
	}
	model := "digits"
	if len(os.Args) > 3 {
		model = os.Args[3]
	}
	pixels, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	connection, err := grpc.NewClient(os.Args[1],
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultServiceConfig(settings))
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	digits, err := classify(ctx, inference.NewGRPCInferenceServiceClient(connection), model, pixels)
	if err != nil {
		failure := status.Convert(err)
		log.Fatalf("%v: %s", failure.Code(), failure.Message())
	}
	for at, digit := range digits {
		if at > 0 {
			fmt.Print(" ")
		}
		fmt.Print(digit)
	}
	fmt.Println()
}
