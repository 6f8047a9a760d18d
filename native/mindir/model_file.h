// The files of a model: the .mindir itself and the external weight files it names. Files are mapped read-only while a model is loaded and
// unmapped afterwards. Location, offset and length of external data come from the file and are not trusted.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "mindir/encryption/decrypt.h"

namespace mindird::mindir {

/// What a file of a model holds, decrypted where it is encrypted.
class FileContents {
 public:
  FileContents() = default;
  FileContents(const FileContents&) = delete;
  FileContents& operator=(const FileContents&) = delete;
  virtual ~FileContents() = default;
  virtual std::string_view bytes() const = 0;
  /// Gives memory inside `part` back to the system where it can be had again.
  virtual void release(std::string_view part) const = 0;
};

/// A file mapped for reading.
class MappedFile final : public FileContents {
 public:
  /// NOT_FOUND when there is no such file, INVALID_MODEL when it is not a regular file or is empty.
  static Result<std::unique_ptr<MappedFile>> open(const std::string& path);
  ~MappedFile() override;

  std::string_view bytes() const override { return {data_, size_}; }
  /// Whole pages; they are read again from the file if touched.
  void release(std::string_view part) const override;

 private:
  MappedFile(const char* data, size_t size) : data_(data), size_(size) {}

  const char* data_;
  size_t size_;
};

/// Opens the files of one model. The key is read when the model proves to be encrypted, and wiped with this object.
class Decryptor {
 public:
  explicit Decryptor(KeySource source = {}) : source_(std::move(source)) {}

  /// The model's own file; errors of MappedFile::open, read_key and decrypt_model.
  Result<std::unique_ptr<FileContents>> open_model(const std::string& path);
  /// A file of weights, encrypted exactly if the model is.
  Result<std::unique_ptr<FileContents>> open_weights(const std::string& path) const;
  /// Whether the model that was opened is.
  bool encrypted() const { return key_.has_value(); }

 private:
  KeySource source_;
  std::optional<Key> key_;
  CipherMode mode_ = CipherMode::kGcm;
};

/// External weight files, relative to the folder of the model. Volumes of Kubernetes and the caches of model hubs make model and weights links into
/// other folders, so a file counts by where it really is: in the folder of the model, or in the folder where the model file itself really is, which is
/// also searched for what the first does not have. Anything else is refused, and so is a name that leads out of its folder into that other one.
class ExternalFiles {
 public:
  /// `decryptor`, which must outlive it, has opened the model: where that is encrypted, its weights are too.
  ExternalFiles(std::string model_path, const Decryptor& decryptor) : model_(std::move(model_path)), decryptor_(decryptor) {}

  /// The bytes of one parameter. All ranges together may not be larger than the files they lie in, so that a small model
  /// cannot ask for the same bytes over and over.
  Result<std::string_view> range(std::string_view location, int64_t offset, int64_t length);
  /// Gives the pages of a range back, see MappedFile::release.
  void release(std::string_view part) const;

 private:
  struct File {
    std::unique_ptr<FileContents> contents;
    uint64_t handed_out = 0;
  };
  Result<File*> find(std::string_view location);
  /// Where the file of that name really is.
  Result<std::string> locate(std::string_view location) const;

  std::string model_;
  const Decryptor& decryptor_;
  std::map<std::string, File, std::less<>> files_;
};

}  // namespace mindird::mindir
