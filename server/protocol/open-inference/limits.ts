// What a request message may hold at most. Counts beyond these are hostile or broken; refusing them early keeps the work
// on any message proportional to its size.

export const MAX_TENSORS = 1024;
export const MAX_PARAMETERS = 1024;
export const MAX_RANK = 32;
/** Bytes of a model or tensor name, version, datatype or parameter key. */
export const MAX_NAME = 1024;
/** Bytes of a request id, which is echoed. */
export const MAX_ID = 4096;
/** Bytes of a string parameter. */
export const MAX_PARAMETER = 65536;
