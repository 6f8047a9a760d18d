#include "mindir/wire.h"

#include "base/strings.h"

namespace mindird::mindir {

Status WireContext::status() const {
  if (!failed_) return {};
  return invalid_model(str("offset ", error_offset_, ": ", message_));
}

void WireContext::fail(const char* at, std::string message) {
  if (failed_) return;
  failed_ = true;
  error_offset_ = static_cast<size_t>(at - bytes_.data());
  message_ = std::move(message);
}

bool WireContext::spend(size_t bytes, const char* at) {
  if (bytes > budget_) {
    fail(at, "the file holds far more structure than its size allows for");
    return false;
  }
  budget_ -= bytes;
  return true;
}

Cursor::Cursor(WireContext& context, std::string_view bytes, std::string_view message, int depth)
    : context_(&context), reader_(bytes.data(), bytes.size()), message_(message), start_(bytes.data()), depth_(depth) {}

template <class F>
auto Cursor::well_formed(F&& read) -> decltype(read()) {
  try {
    return read();
  } catch (const protozero::end_of_buffer_exception&) {
    fail("the field ends beyond its message");
  } catch (const protozero::exception&) {
    fail("malformed protobuf");
  }
  return decltype(read())();
}

bool Cursor::next() {
  if (context_->failed()) return false;
  start_ = reader_.data().data();
  return well_formed([this] { return reader_.next(); });
}

void Cursor::fail(std::string what) { context_->fail(start_, str(message_, " field ", reader_.tag(), ": ", what)); }

bool Cursor::want(protozero::pbf_wire_type type) {
  if (context_->failed()) return false;
  if (reader_.wire_type() == type) return true;
  fail(str("wire type ", static_cast<uint32_t>(reader_.wire_type()), ", want ", static_cast<uint32_t>(type)));
  return false;
}

std::string_view Cursor::bytes() {
  if (!want(protozero::pbf_wire_type::length_delimited)) return {};
  return well_formed([this] {
    const protozero::data_view view = reader_.get_view();
    return std::string_view(view.data(), view.size());
  });
}

int64_t Cursor::integer() {
  if (!want(protozero::pbf_wire_type::varint)) return 0;
  return well_formed([this] { return reader_.get_int64(); });
}

float Cursor::real32() {
  if (!want(protozero::pbf_wire_type::fixed32)) return 0;
  return well_formed([this] { return reader_.get_float(); });
}

double Cursor::real64() {
  if (!want(protozero::pbf_wire_type::fixed64)) return 0;
  return well_formed([this] { return reader_.get_double(); });
}

void Cursor::integers(std::vector<int64_t>& out) {
  if (reader_.wire_type() != protozero::pbf_wire_type::length_delimited) {
    const int64_t value = integer();
    if (spend(sizeof(int64_t) * 2)) out.push_back(value);
    return;
  }
  well_formed([this, &out] {
    for (const int64_t value : reader_.get_packed_int64()) {
      if (!spend(sizeof(int64_t) * 2)) return;
      out.push_back(value);
    }
  });
}

void Cursor::reals32(std::vector<double>& out) {
  if (reader_.wire_type() != protozero::pbf_wire_type::length_delimited) {
    const double value = static_cast<double>(real32());
    if (spend(sizeof(double) * 2)) out.push_back(value);
    return;
  }
  well_formed([this, &out] {
    for (const float value : reader_.get_packed_float()) {
      if (!spend(sizeof(double) * 2)) return;
      out.push_back(static_cast<double>(value));
    }
  });
}

void Cursor::reals64(std::vector<double>& out) {
  if (reader_.wire_type() != protozero::pbf_wire_type::length_delimited) {
    const double value = real64();
    if (spend(sizeof(double) * 2)) out.push_back(value);
    return;
  }
  well_formed([this, &out] {
    for (const double value : reader_.get_packed_double()) {
      if (!spend(sizeof(double) * 2)) return;
      out.push_back(value);
    }
  });
}

Cursor Cursor::message(std::string_view name) {
  const std::string_view inner = bytes();
  if (depth_ >= kMaxWireDepth) fail(str("messages nest deeper than ", kMaxWireDepth));
  return {*context_, inner, name, depth_ + 1};
}

void Cursor::skip() {
  if (context_->failed()) return;
  well_formed([this] { reader_.skip(); });
}

}  // namespace mindird::mindir
