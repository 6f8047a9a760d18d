// Names out of a MindIR file, made fit for messages, listings and request fields: cut to a sane length, without control characters, valid UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace mindird::mindir {

/// Longest name kept, in bytes. Names are copied many times on the way to the graph; MindSpore's own stay below this.
inline constexpr size_t kMaxNameLength = 256;

/// What the type of a node begins with that calls a primitive or a graph by reference to its definition.
inline constexpr std::string_view kReference = "REF::";

/// The text cut to kMaxNameLength, with '?' for control characters and for what is not UTF-8.
std::string printable(std::string_view text);

/// What the last ':' separates: the plain name of an input or parameter.
std::string plain_name(std::string_view name);

/// "3_1_Net_construct_2:CNode_5:7" in the graph "3_1_Net_construct_2" is CNode_5: MindSpore adds the graph in front and a counter behind.
std::string value_name(std::string_view name, std::string_view graph);

/// The name a node is known by in messages: its scope, or its own name without the graph where the file has no scope.
std::string node_name(std::string_view scope, std::string_view name);

}  // namespace mindird::mindir
