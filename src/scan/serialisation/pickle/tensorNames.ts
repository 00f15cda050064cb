/** What tensors are made of: what torch's `weights_only` allows, numpy's scalars and arrays, and plain containers. By module. */
export const TENSOR_NAMES: Readonly<Record<string, string>> = {
  _codecs: 'encode',
  builtins:
    'bool bytearray bytes complex dict float frozenset int list object range set slice str tuple Ellipsis NotImplemented',
  collections: 'Counter OrderedDict defaultdict deque',
  datetime: 'date datetime time timedelta timezone',
  decimal: 'Decimal',
  fractions: 'Fraction',
  uuid: 'UUID',
  numpy:
    'bool_ bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128 str_ bytes_ void datetime64 timedelta64 longdouble longlong ulonglong intc uintc dtype ndarray',
  'numpy.core.multiarray': '_reconstruct scalar',
  'numpy._core.multiarray': '_reconstruct scalar',
  'numpy.core.numeric': '_frombuffer',
  'numpy._core.numeric': '_frombuffer',
  'numpy.dtypes':
    'BoolDType ByteDType BytesDType CLongDoubleDType Complex128DType Complex64DType DateTime64DType Float16DType Float32DType Float64DType Int16DType Int32DType Int64DType Int8DType LongDType LongDoubleDType LongLongDType ShortDType StrDType TimeDelta64DType UByteDType UInt16DType UInt32DType UInt64DType UInt8DType ULongDType ULongLongDType UShortDType VoidDType',
  torch:
    'Tensor Size device dtype Generator BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage ComplexFloatStorage DoubleStorage FloatStorage HalfStorage IntStorage LongStorage ShortStorage QInt8Storage QInt32Storage QUInt8Storage QUInt4x2Storage QUInt2x4Storage bfloat16 bool bits16 bits1x8 bits2x4 bits4x2 bits8 cdouble cfloat chalf complex128 complex32 complex64 double float float16 float32 float64 float4_e2m1fn_x2 float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu half int int16 int32 int64 int8 long qint32 qint8 quint2x4 quint4x2 quint8 short uint16 uint32 uint64 uint8 strided sparse_coo sparse_csr sparse_csc sparse_bsr sparse_bsc per_tensor_affine per_channel_affine per_tensor_symmetric per_channel_symmetric per_channel_affine_float_qparams contiguous_format channels_last channels_last_3d preserve_format',
  'torch._tensor': '_rebuild_from_type_v2',
  'torch._utils':
    '_rebuild_device_tensor_from_cpu_tensor _rebuild_device_tensor_from_numpy _rebuild_meta_tensor_no_storage _rebuild_nested_tensor _rebuild_parameter _rebuild_parameter_with_state _rebuild_qtensor _rebuild_sparse_tensor _rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_wrapper_subclass _rebuild_xla_tensor',
  'torch.nn.parameter': 'Parameter Buffer UninitializedParameter',
  'torch.serialization': '_get_layout',
  'torch.storage': 'TypedStorage UntypedStorage _TypedStorage _UntypedStorage',
  'torch.cuda':
    'BFloat16Storage BoolStorage ByteStorage CharStorage DoubleStorage FloatStorage HalfStorage IntStorage LongStorage ShortStorage',
}
