#include "mindir/primitives/refused.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/strings.h"

namespace mindird::mindir {
namespace {

constexpr std::string_view kRandom = "it draws random numbers";
constexpr std::string_view kComplex = "its numbers are complex";
constexpr std::string_view kSparse = "its tensors are sparse";
constexpr std::string_view kTraining = "it belongs to training";
constexpr std::string_view kCaches = "it keeps the caches of distributed embeddings";

struct Group {
  std::string_view why;
  std::span<const std::string_view> names;
};

constexpr auto kRandomNames = std::to_array<std::string_view>({"Bernoulli",
                                                               "Cauchy",
                                                               "Dropout2D",
                                                               "Dropout3D",
                                                               "DropoutGenMask",
                                                               "Gamma",
                                                               "Generator",
                                                               "LogNormalReverse",
                                                               "LogUniformCandidateSampler",
                                                               "Multinomial",
                                                               "MultinomialExt",
                                                               "MultinomialWithReplacement",
                                                               "NonDeterministicInts",
                                                               "Normal",
                                                               "NormalFloatFloat",
                                                               "NormalFloatTensor",
                                                               "NormalTensorFloat",
                                                               "NormalTensorTensor",
                                                               "ParameterizedTruncatedNormal",
                                                               "Poisson",
                                                               "RandExt",
                                                               "RandInt",
                                                               "RandIntLike",
                                                               "RandLikeExt",
                                                               "RandnLike",
                                                               "Randn",
                                                               "RandomCategorical",
                                                               "RandomChoiceWithMask",
                                                               "RandomGamma",
                                                               "RandomPoisson",
                                                               "RandomShuffle",
                                                               "RandpermExt",
                                                               "RandpermV2",
                                                               "SampleDistortedBoundingBoxV2",
                                                               "StandardLaplace",
                                                               "StandardNormal",
                                                               "TruncatedNormal",
                                                               "Uniform",
                                                               "UniformCandidateSampler",
                                                               "UniformExt",
                                                               "UniformInt",
                                                               "UniformReal"});
constexpr auto kComplexNames = std::to_array<std::string_view>(
    {"Angle", "Complex", "ComplexAbs", "Eig",    "FFT",   "FFT2",   "FFTN",        "FFTOrtho", "FFTWithSize",     "HFFT",  "HFFT2", "HFFTN", "IFFT",  "IFFT2",
     "IFFTN", "IHFFT",   "IHFFT2",     "IHFFTN", "IRFFT", "IRFFT2", "IRFFTDouble", "IRFFTN",   "MatrixLogarithm", "Polar", "RFFT",  "RFFT2", "RFFTN", "STFT"});
constexpr auto kSparseNames = std::to_array<std::string_view>({"COO2CSR",
                                                               "CSR2COO",
                                                               "CSRDiv",
                                                               "CSRGather",
                                                               "CSRMM",
                                                               "CSRMV",
                                                               "CSRMul",
                                                               "CSRReduceSum",
                                                               "CSRSparseMatrixToDense",
                                                               "CSRSparseMatrixToSparseTensor",
                                                               "Coalesce",
                                                               "DenseToCSRSparseMatrix",
                                                               "DenseToDenseSetOperation",
                                                               "DenseToSparseSetOperation",
                                                               "RaggedTensorToSparse",
                                                               "RaggedTensorToTensor",
                                                               "SetSize",
                                                               "SparseAdd",
                                                               "SparseAddmm",
                                                               "SparseConcat",
                                                               "SparseCountSparseOutput",
                                                               "SparseDenseCwiseAdd",
                                                               "SparseDenseCwiseDiv",
                                                               "SparseDenseCwiseMul",
                                                               "SparseFillEmptyRows",
                                                               "SparseMatrixAdd",
                                                               "SparseMatrixMatMul",
                                                               "SparseMatrixMul",
                                                               "SparseMatrixNNZ",
                                                               "SparseMatrixOrderingAMD",
                                                               "SparseMatrixSoftmax",
                                                               "SparseMatrixSparseMatMul",
                                                               "SparseMatrixTranspose",
                                                               "SparseReorder",
                                                               "SparseReshape",
                                                               "SparseSlice",
                                                               "SparseSoftmax",
                                                               "SparseSparseMaximum",
                                                               "SparseSparseMinimum",
                                                               "SparseSplit",
                                                               "SparseTensorToCSRSparseMatrix",
                                                               "Sspaddmm"});
constexpr auto kTrainingNames = std::to_array<std::string_view>({"Adam", "AdamNoUpdateParam", "AdamWeightDecay", "FusedAdaFactor",
                                                                 "FusedAdaFactorWithGlobalNorm", "FusedCastAdamWeightDecay", "FusedSparseAdam",
                                                                 "FusedSparseFtrl", "FusedSparseLazyAdam", "FusedSparseProximalAdagrad", "LARSUpdate", "SGD"});
constexpr auto kCacheNames = std::to_array<std::string_view>(
    {"CacheSwapTable", "DynamicAssign", "MapCacheIdx", "MapUniform", "PadAndShift", "SearchCacheIdx", "SubAndFilter", "UpdateCache"});
constexpr auto kGroups =
    std::to_array<Group>({{kRandom, kRandomNames}, {kComplex, kComplexNames}, {kSparse, kSparseNames}, {kTraining, kTrainingNames}, {kCaches, kCacheNames}});

/// Empty where nothing but work is missing.
std::string_view reason_refused(std::string_view primitive) {
  for (const Group& group : kGroups) {
    if (std::find(group.names.begin(), group.names.end(), primitive) != group.names.end()) return group.why;
  }
  // Gradients and optimizers are families of names.
  const bool gradient = primitive.ends_with("Grad") || primitive.ends_with("GradGrad") || primitive.ends_with("GradV2") || primitive.starts_with("Apply") ||
                        primitive.starts_with("SparseApply");
  return gradient ? kTraining : std::string_view();
}

}  // namespace

std::string missing_primitive(std::string_view primitive) {
  const std::string_view reason = reason_refused(primitive);
  return str("this primitive is not supported", reason.empty() ? "" : ": ", reason);
}

}  // namespace mindird::mindir
