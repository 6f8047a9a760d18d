// Positions and sizes of dimensions from one layout of images to another.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"
#include "ops/indexing/gather.h"

namespace mindird::mindir {
namespace {

struct Formats {
  std::string from;
  std::string to;
};

Result<Formats> formats(const Call& call) {
  TRY_ASSIGN(const std::string from, call.text("src_format", "NHWC"));
  TRY_ASSIGN(const std::string to, call.text("dst_format", "NCHW"));
  for (const std::string& format : {from, to}) {
    if (format != "NHWC" && format != "NCHW") return unsupported(str("layout ", format, ", want NHWC or NCHW"));
  }
  return Formats{from, to};
}

/// Where each letter of `of` stands in `in`, as a constant.
Result<ir::ValueId> positions(Call& call, const std::string& of, const std::string& in) {
  std::vector<int32_t> out;
  for (const char letter : of) out.push_back(static_cast<int32_t>(in.find(letter)));
  return call.constant({DType::kI32, {static_cast<int64_t>(out.size())}}, std::as_bytes(std::span(out)));
}

/// Each number, -4 to 3, is a dimension of the second layout and becomes its place in the first.
Result<Item> lower_dim_map(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY_ASSIGN(const Formats given, formats(call));
  TRY_ASSIGN(const ir::ValueId places, positions(call, given.to, given.from));
  TRY_ASSIGN(const ir::ValueId table, call.cast(places, call.type(x).dtype));
  return call.result(call.emit(std::make_shared<ops::Gather>(), {table, x}));
}

/// Four numbers or pairs, one for each dimension of the first layout, in the order of the second.
Result<Item> lower_vec_permute(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  TRY(call.want_known(x));
  TRY_ASSIGN(const Formats given, formats(call));
  if (call.rank(x) < 1 || call.shape(x)[0] != 4) return unsupported(str("input 0 has type ", call.type(x).text(), ", want 4 rows"));
  TRY_ASSIGN(const ir::ValueId order, positions(call, given.to, given.from));
  return call.result(call.emit(std::make_shared<ops::Gather>(), {x, order}));
}

REGISTER_PRIMITIVE(DataFormatDimMap, lower_dim_map);
REGISTER_PRIMITIVE(DataFormatVecPermute, lower_vec_permute);

}  // namespace
}  // namespace mindird::mindir
