// Which MindSpore wrote a file.
#pragma once

#include <string>

#include "mindir/model.h"

namespace mindird::mindir {

struct Version {
  int major = 0;
  int minor = 0;
  std::string text;  // "1.10.0"; "1.1 to 1.3" where the file says no more

  /// Whether this is a version before `major.minor`.
  bool before(int other_major, int other_minor) const { return major < other_major || (major == other_major && minor < other_minor); }
};

/// The version the file names. 1.1 to 1.3 all write "1.1.0" and count as 1.3 here; a file that names none counts as the newest, 2.10.
Version version_of(const ModelView& model);

}  // namespace mindird::mindir
