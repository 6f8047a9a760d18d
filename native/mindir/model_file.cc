#include "mindir/model_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strings.h"
#include "mindir/names.h"

namespace mindird::mindir {
namespace {

/// Parts smaller than this are not worth a system call.
constexpr size_t kReleaseThreshold = size_t{1} << 20U;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

using Path = std::filesystem::path;

bool is_inside(const Path& file, const Path& folder) {
  auto f = file.begin();
  for (auto d = folder.begin(); d != folder.end(); ++d, ++f) {
    if (d->empty()) continue;
    if (f == file.end() || *f != *d) return false;
  }
  return true;
}

/// Plain bytes that exist nowhere else: nothing of them can be given back early.
class DecryptedFile final : public FileContents {
 public:
  explicit DecryptedFile(SecretBytes plain) : plain_(std::move(plain)) {}
  std::string_view bytes() const override { return {reinterpret_cast<const char*>(plain_.span().data()), plain_.span().size()}; }
  void release(std::string_view) const override {}

 private:
  SecretBytes plain_;
};

}  // namespace

Result<std::unique_ptr<MappedFile>> MappedFile::open(const std::string& path) {
  // Without O_NONBLOCK a named pipe in the place of the model would block the load for ever.
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return Status(Code::kNotFound, str("cannot open: ", std::strerror(errno)));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return Status(Code::kNotFound, str("cannot stat: ", std::strerror(errno)));
  if (!S_ISREG(info.st_mode)) return invalid_model("is not a regular file");
  if (info.st_size == 0) return invalid_model("is empty");
  const auto size = static_cast<size_t>(info.st_size);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (data == MAP_FAILED) return Status(Code::kOutOfMemory, str("cannot map ", size, " bytes: ", std::strerror(errno)));
  return std::unique_ptr<MappedFile>(new MappedFile(static_cast<const char*>(data), size));
}

MappedFile::~MappedFile() { ::munmap(const_cast<char*>(data_), size_); }

void MappedFile::release(std::string_view part) const {
  if (part.size() < kReleaseThreshold) return;
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(part.data()) + page - 1) / page * page;
  const uintptr_t end = reinterpret_cast<uintptr_t>(part.data() + part.size()) / page * page;
  if (end > begin) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

Result<std::unique_ptr<FileContents>> Decryptor::open_model(const std::string& path) {
  TRY_ASSIGN(auto mapped, MappedFile::open(path));
  if (!is_container(mapped->bytes())) return std::unique_ptr<FileContents>(std::move(mapped));
  // What SM4 encrypts no key opens.
  TRY(BlockReader::open(mapped->bytes()).status());
  TRY_ASSIGN(Key key, read_key(source_).with(str("the file is encrypted (", cipher_name(mapped->bytes()), ")")));
  TRY_ASSIGN(Decrypted decrypted, decrypt_model(mapped->bytes(), key));
  key_ = std::move(key);
  mode_ = decrypted.mode;
  return std::unique_ptr<FileContents>(std::make_unique<DecryptedFile>(std::move(decrypted.plain)));
}

Result<std::unique_ptr<FileContents>> Decryptor::open_weights(const std::string& path) const {
  TRY_ASSIGN(auto mapped, MappedFile::open(path));
  if (!key_) return std::unique_ptr<FileContents>(std::move(mapped));
  TRY_ASSIGN(SecretBytes plain, decrypt_weights(mapped->bytes(), *key_, mode_));
  return std::unique_ptr<FileContents>(std::make_unique<DecryptedFile>(std::move(plain)));
}

Result<std::string> ExternalFiles::locate(std::string_view location) const {
  const std::string name = printable(location);
  if (location.empty() || location.find('\0') != std::string_view::npos) return invalid_model("external data without a file name");
  const Path relative(location);
  if (relative.is_absolute()) return invalid_model(str("external data \"", name, "\" has an absolute path, want one relative to the model"));
  std::error_code error;
  const Path parent = Path(model_).parent_path();
  const Path folder = std::filesystem::canonical(parent.empty() ? "." : parent, error);
  if (error) return Status(Code::kNotFound, str("folder of the model: ", error.message()));
  const Path model = std::filesystem::canonical(model_, error);
  if (error) return Status(Code::kNotFound, str("the model's file: ", error.message()));
  const Path real_folder = model.parent_path();
  const Path plain = relative.lexically_normal();
  const bool leads_out = !plain.empty() && *plain.begin() == "..";
  Path file = std::filesystem::canonical(folder / relative, error);
  if (error == std::errc::no_such_file_or_directory && !leads_out) file = std::filesystem::canonical(real_folder / relative, error);
  if (error) return Status(Code::kNotFound, str("external data \"", name, "\": ", error.message()));
  if (is_inside(file, folder) || (!leads_out && is_inside(file, real_folder))) return file.string();
  return invalid_model(str("external data \"", name, "\" lies outside the folder of the model"));
}

Result<ExternalFiles::File*> ExternalFiles::find(std::string_view location) {
  if (const auto known = files_.find(location); known != files_.end()) return &known->second;
  TRY_ASSIGN(const std::string file, locate(location));
  TRY_ASSIGN(auto contents, decryptor_.open_weights(file).with(str("external data \"", printable(location), "\"")));
  return &files_.emplace(std::string(location), File{std::move(contents), 0}).first->second;
}

Result<std::string_view> ExternalFiles::range(std::string_view location, int64_t offset, int64_t length) {
  TRY_ASSIGN(File * file, find(location));
  const std::string_view all = file->contents->bytes();
  if (offset < 0 || length < 0 || static_cast<uint64_t>(offset) > all.size() || static_cast<uint64_t>(length) > all.size() - static_cast<uint64_t>(offset)) {
    return invalid_model(
        str("external data \"", printable(location), "\": offset ", offset, " and length ", length, " do not fit in a file of ", all.size(), " bytes"));
  }
  file->handed_out += static_cast<uint64_t>(length);
  if (file->handed_out > all.size()) {
    return invalid_model(str("external data \"", printable(location), "\": the parameters together are larger than the file"));
  }
  return all.substr(static_cast<size_t>(offset), static_cast<size_t>(length));
}

void ExternalFiles::release(std::string_view part) const {
  for (const auto& [name, file] : files_) {
    const std::string_view all = file.contents->bytes();
    if (part.data() >= all.data() && part.data() < all.data() + all.size()) file.contents->release(part);
  }
}

}  // namespace mindird::mindir
