// The files of a model: the .mindir itself and the external weight files it names. Files are mapped read-only while a model is loaded and
// unmapped afterwards. Location, offset and length of external data come from the file and are not trusted.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace mindird::mindir {

/// A file mapped for reading.
class MappedFile {
 public:
  /// NOT_FOUND when there is no such file, INVALID_MODEL when it is not a regular file or is empty.
  static Result<std::unique_ptr<MappedFile>> open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view bytes() const { return {data_, size_}; }
  /// Gives the memory of whole pages inside `part` back to the system; they are read again from the file if touched.
  void release(std::string_view part) const;

 private:
  MappedFile(const char* data, size_t size) : data_(data), size_(size) {}

  const char* data_;
  size_t size_;
};

/// External weight files, relative to the folder of the model. Volumes of Kubernetes and the caches of model hubs make model and weights links into
/// other folders, so a file counts by where it really is: in the folder of the model, or in the folder where the model file itself really is, which is
/// also searched for what the first does not have. Anything else is refused, and so is a name that leads out of its folder into that other one.
class ExternalFiles {
 public:
  explicit ExternalFiles(const std::string& model_path);

  /// The bytes of one parameter. All ranges together may not be larger than the files they lie in, so that a small model
  /// cannot ask for the same bytes over and over.
  Result<std::string_view> range(std::string_view location, int64_t offset, int64_t length);
  /// Gives the pages of a range back, see MappedFile::release.
  void release(std::string_view part) const;

 private:
  struct File {
    std::unique_ptr<MappedFile> mapped;
    uint64_t handed_out = 0;
  };
  Result<File*> find(std::string_view location);
  /// Where the file of that name really is.
  Result<std::string> locate(std::string_view location) const;

  std::string model_;
  std::map<std::string, File, std::less<>> files_;
};

}  // namespace mindird::mindir
