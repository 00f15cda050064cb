/** Packages whose modules Keras may import for an object of a config. */
export const KERAS_PACKAGES = [
  'keras',
  'keras_nlp',
  'keras_hub',
  'keras_cv',
  'tensorflow.keras',
  'tf_keras',
  'tensorflow.python.keras',
  'builtins.None',
] as const
/** Modules of those packages whose functions read, fetch or run. */
export const KERAS_HARMFUL =
  /(^|\.)(utils|saving|file_utils|io_utils|data_utils|module_utils|get_file|python_utils|ops\.core|vis_utils|config|legacy\.saving|load_model|save_model|load_weights|image_dataset_from_directory)(\.|$)/i
/** Keras modules under `utils` that hold layers or plain functions, and are therefore allowed. */
export const KERAS_PLAIN = ['keras.utils', 'keras.src.utils'] as const
/** What an adapter may name as the library of its base model. */
export const PARENT_LIBRARIES = ['transformers', 'diffusers', 'sentence_transformers', 'timm', 'peft'] as const
/** Libraries that the parts of a diffusers pipeline may come from. */
export const PIPELINE_LIBRARIES = [
  'transformers',
  'diffusers',
  'onnxruntime',
  'optimum',
  'peft',
  'flax',
  'stable_diffusion',
  'stable_diffusion_safe',
  'altdiffusion',
  'latent_diffusion',
  'paint_by_example',
  'audioldm',
  'audioldm2',
  'k_diffusion',
  'stable_cascade',
  'wuerstchen',
  'kandinsky',
  'deepfloyd_if',
  'shap_e',
  'musicldm',
  'unidiffuser',
  'stable_audio',
  'tokenizers',
  'ip_adapter',
  'animatediff',
  'schedulers',
  'pipelines',
] as const
/** Packages whose classes `_target_` may name: each is for training or models, and called with a config as intended. */
export const TARGET_PACKAGES = [
  'nemo',
  'torch.nn',
  'torch.optim',
  'torchaudio.transforms',
  'torchvision.transforms',
  'torchvision.models',
  'pytorch_lightning',
  'lightning',
  'transformers',
  'diffusers',
  'timm',
  'peft',
  'torchmetrics',
  'open_clip',
  'uni2ts',
  'megatron',
  'monai',
  'sentence_transformers',
  'gluonts',
  'ldm',
  'sgm',
] as const
/** Packages whose classes the tags of HyperPyYAML may name, with which SpeechBrain loads its models. */
export const TAG_PACKAGES = [
  'speechbrain',
  'torch.nn',
  'torch.optim',
  'torchaudio.transforms',
  'sentencepiece',
  'torch.manual_seed',
  'numpy.random.seed',
  'random.seed',
] as const
/** Packages of values that sentence-transformers imports. */
export const IMPORTED_PACKAGES = ['torch.nn', 'sentence_transformers', 'transformers'] as const
/** Packages whose classes skops loads. */
export const SKOPS_PACKAGES = ['sklearn', 'numpy', 'scipy', 'builtins', 'collections'] as const
/** Functions by which a config reaches code or files, in packages whose classes are fine. */
export const GADGET =
  /(^|_)(import|load|loads|download|fetch|locate|resolve|exec|eval|run|open|decode|pipeline|dynamic|remote|unpickle|restore|from_pretrained|hub|getattr|call|system|popen|subprocess)(_|$)|class_by_path|^get_class|foreign_class/
/** Parts of a dotted name that no class of a model has, whatever the package. */
export const HARMFUL_PARTS = [
  'os',
  'sys',
  'subprocess',
  'builtins',
  'importlib',
  'posix',
  'nt',
  'pty',
  'runpy',
  'pickle',
  'marshal',
  'shutil',
  'socket',
  'ctypes',
  'operator',
  'functools',
  'eval',
  'exec',
  'system',
  'popen',
  'load',
  'hub',
  'utils_cpp_extension',
  'get_file',
  'import_module',
  'resolve_name',
  'get_method',
  'get_class',
  'get_object',
  'instantiate',
  'call',
  'from_pretrained',
  'load_state_dict_from_url',
  'download_url',
  'restore_from',
  'load_from_checkpoint',
  'run',
  'check_output',
  'check_call',
] as const
/** Globals that renderers of chat templates define, and that only compute texts. */
export const TEMPLATE_GLOBALS = [
  'messages',
  'tools',
  'documents',
  'bos_token',
  'eos_token',
  'unk_token',
  'pad_token',
  'sep_token',
  'cls_token',
  'mask_token',
  'add_generation_prompt',
  'namespace',
  'range',
  'raise_exception',
  'strftime_now',
  'dict',
  'tojson',
  'loop',
  'true',
  'false',
  'none',
  'True',
  'False',
  'None',
  'caller',
] as const

/** Whether a dotted name is a package of a list, or within one. */
export function isWithin(name: string, packages: readonly string[]): boolean {
  return packages.some((each) => name === each || name.startsWith(`${each}.`))
}
