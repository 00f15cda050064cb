import { delimiter, isAbsolute } from 'node:path'

/** A variable that the guard sets or removes, and why. */
type Variable = { value: string | undefined; why: string }

/** What keeps loaders from fetching what was not hashed, and from falling back to unsafe loading. Undefined removes a variable. */
const VARIABLES: Readonly<Record<string, Variable>> = {
  HF_HUB_OFFLINE: { value: '1', why: 'nothing is fetched from the Hub that was not hashed' },
  TRANSFORMERS_OFFLINE: { value: '1', why: 'nothing is fetched by transformers that was not hashed' },
  HF_DATASETS_OFFLINE: { value: '1', why: 'no script of a data set is fetched' },
  TORCH_FORCE_WEIGHTS_ONLY_LOAD: { value: '1', why: 'torch.load runs no code of a pickle' },
  TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD: { value: undefined, why: 'torch.load runs no code of a pickle' },
  PYTHONNOUSERSITE: { value: '1', why: "no package of the user's own folder takes the place of a loader" },
  PYTHONSAFEPATH: { value: '1', why: 'no module in the folder of a model takes the place of a loader' },
  PYTHONDONTWRITEBYTECODE: { value: '1', why: 'no file is written beside the code of a model' },
  VLLM_ALLOW_RUNTIME_LORA_UPDATING: { value: undefined, why: 'no adapter is loaded over the network' },
  VLLM_LORA_RESOLVER_CACHE_DIR: { value: undefined, why: 'no plugin loads adapters that were not hashed' },
  VLLM_LORA_RESOLVER_HF_REPO_LIST: { value: undefined, why: 'no plugin loads adapters that were not hashed' },
  VLLM_MODEL_REDIRECT_PATH: { value: undefined, why: 'vLLM loads what its arguments name, which was hashed' },
  LORA_ADAPTERS: { value: undefined, why: 'TGI loads no adapter but those that its arguments name' },
  PRELOADED_ADAPTER_IDS: { value: undefined, why: 'LoRAX loads no adapter but those that its arguments name' },
  VLLM_USE_MODELSCOPE: { value: undefined, why: 'nothing is fetched from ModelScope that was not hashed' },
  SGLANG_USE_MODELSCOPE: { value: undefined, why: 'nothing is fetched from ModelScope that was not hashed' },
  LMDEPLOY_USE_MODELSCOPE: { value: undefined, why: 'nothing is fetched from ModelScope that was not hashed' },
  USE_MODELSCOPE_HUB: { value: undefined, why: 'nothing is fetched from ModelScope that was not hashed' },
  USE_OPENMIND_HUB: { value: undefined, why: 'nothing is fetched from openMind that was not hashed' },
  HF_DATASETS_TRUST_REMOTE_CODE: { value: undefined, why: 'no script of a data set is run' },
  VLLM_ALLOW_INSECURE_SERIALIZATION: { value: undefined, why: 'no pickle comes over the network' },
  DIFFUSERS_OFFLINE: { value: '1', why: 'nothing is fetched by diffusers that was not hashed' },
  LLAMA_OFFLINE: { value: '1', why: 'nothing is fetched by llama.cpp that was not hashed' },
  LLAMA_ARG_OFFLINE: { value: '1', why: 'nothing is fetched by llama.cpp that was not hashed' },
  LLAMA_ARG_MODEL: { value: undefined, why: 'llama.cpp loads what its arguments name, which was hashed' },
  LLAMA_ARG_MODEL_URL: { value: undefined, why: 'nothing is fetched by llama.cpp that was not hashed' },
  LLAMA_ARG_HF_REPO: { value: undefined, why: 'nothing is fetched by llama.cpp that was not hashed' },
  LLAMA_ARG_HFD_REPO: { value: undefined, why: 'nothing is fetched by llama.cpp that was not hashed' },
  LLAMA_ARG_DOCKER_REPO: { value: undefined, why: 'nothing is fetched by llama.cpp that was not hashed' },
  LLAMA_ARG_HF_REPO_V: { value: undefined, why: 'nothing is fetched by llama.cpp that was not hashed' },
  LLAMA_ARG_MMPROJ: { value: undefined, why: 'llama.cpp loads what its arguments name, which was hashed' },
  LLAMA_ARG_MMPROJ_URL: { value: undefined, why: 'nothing is fetched by llama.cpp that was not hashed' },
  LLAMA_ARG_MODEL_DRAFT: { value: undefined, why: 'llama.cpp loads what its arguments name, which was hashed' },
  LLAMA_ARG_MODEL_VOCODER: { value: undefined, why: 'llama.cpp loads what its arguments name, which was hashed' },
  LLAMA_ARG_SPEC_DRAFT_MODEL: { value: undefined, why: 'llama.cpp loads what its arguments name, which was hashed' },
  LLAMA_ARG_SPEC_DRAFT_HF_REPO: { value: undefined, why: 'nothing is fetched by llama.cpp that was not hashed' },
  LLAMA_ARG_MODELS_PRESET: { value: undefined, why: 'llama.cpp loads what its arguments name, which was hashed' },
  LLAMA_ARG_MODELS_DIR: { value: undefined, why: 'llama.cpp loads what its arguments name, which was hashed' },
  OLLAMA_NOPRUNE: { value: '1', why: 'no file that is held is pruned' },
  TRUST_REMOTE_CODE: { value: undefined, why: 'no code of a model is run' },
}

/** Lists of folders in which programs, libraries and modules are looked for. An empty entry stands for the folder that a command is started in. */
const SEARCH_PATHS = [
  'PATH',
  'PYTHONPATH',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'DYLD_FALLBACK_LIBRARY_PATH',
] as const
const SEARCHED = 'nothing in the folder that the command is started in takes the place of a program or a library'

/** The keys of the user, which are none of the command's business. */
const SECRETS = [
  'STEMMA_PRIVATE_KEY',
  'STEMMA_KEYSTORE',
  'STEMMA_KEYSTORE_PASSWORD',
  'STEMMA_KEY_PASSWORD',
  'STEMMA_WEBHOOK_SECRET',
  'STEMMA_DATABASE',
]

/** The environment of a guarded command, and what was done to it. */
export type LoaderEnvironment = {
  env: NodeJS.ProcessEnv
  /** A line for each variable that was set or removed, by name; `from` only where it had another value. */
  changes: readonly { name: string; value: string | null; why: string }[]
}

/** The names of the variables that a policy can leave alone. */
export const LOADER_VARIABLES: readonly string[] = [...Object.keys(VARIABLES), ...SEARCH_PATHS]

/**
 * The environment of a guarded command: loaders fetch nothing and run no code of a model. It never has the user's keys.
 *
 * @param left variables that the policy leaves alone
 */
export function loaderEnvironment(
  env: NodeJS.ProcessEnv,
  left: Readonly<Record<string, false>> = {},
): LoaderEnvironment {
  const result = { ...env }
  for (const name of SECRETS) delete result[name]
  const variables = { ...VARIABLES, ...withoutRelative(result) }
  const changes = Object.entries(variables)
    .filter(([name]) => !Object.hasOwn(left, name))
    .flatMap(([name, { value, why }]) => {
      // An unset variable that is to be removed is not a change.
      if (result[name] === value) return []
      if (value === undefined) delete result[name]
      else result[name] = value
      return [{ name, value: value ?? null, why }]
    })
  return { env: result, changes }
}

/** The search paths that have entries which lead elsewhere in each folder, without these entries. */
function withoutRelative(env: NodeJS.ProcessEnv): Record<string, Variable> {
  const found: Record<string, Variable> = {}
  for (const name of SEARCH_PATHS) {
    const kept = env[name]?.split(delimiter).filter((entry) => isAbsolute(entry))
    // One that is empty would itself stand for the folder.
    if (kept) found[name] = { value: kept.join(delimiter) || undefined, why: SEARCHED }
  }
  return found
}
