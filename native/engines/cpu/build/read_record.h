// A record from where it was written to, its weights read straight into their own buffers.
#pragma once

#include "engines/byte_source.h"
#include "engines/cpu/build/record.h"

namespace mindird::engines::cpu {

/// Any bytes: a record or an error. Whether they are what was written, the source's finish() says.
Result<Record> read_record(ByteSource& source);

}  // namespace mindird::engines::cpu
