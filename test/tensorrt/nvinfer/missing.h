// What happens when something calls a function of TensorRT that the test library does not have.
#pragma once

namespace mindird::test_nvinfer {

/// Says which function it was and ends the process: a test must not pass on an answer nobody gave.
[[noreturn]] void missing(const char* function);

}  // namespace mindird::test_nvinfer
