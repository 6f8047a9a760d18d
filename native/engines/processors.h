// Processors for a moment of measuring. Whoever shares out the process's processors among those who compute says how they are held; until somebody does,
// holding them means nothing.
#pragma once

#include <memory>

namespace mindird::engines {

/// Given back when it goes.
using ProcessorHold = std::shared_ptr<void>;

/// `hold` waits until so many processors, or all there are, are free. For the rest of the process.
void share_processors_by(ProcessorHold (*hold)(int threads));
/// Waits for processors. The caller must hold none yet.
ProcessorHold hold_processors(int threads);

}  // namespace mindird::engines
