import { quoted } from '../../../core/text.ts'
import type { ModelView, ScanContext } from '../../ports.ts'
import { judgeOnnxFolder } from './onnx.ts'

/** Rules that look at more than one file: tensors of ONNX beside the model, and modules that shadow a library. */
export function judgeFolder(model: ModelView, context: ScanContext): void {
  judgeOnnxFolder(model, context)
  for (const { name } of model.files) {
    // A module of this name in the working directory is imported instead of the library.
    const shadowed =
      /^(__torch__|torch|transformers|numpy|safetensors|diffusers|json|os|sys|random|typing|site|keras|tensorflow|onnx|peft|timm|tokenizers|yaml|re)(?=\.py$|\/__init__\.py$)|^(__torch__)(?=\.py$|\/.*\.py$)/.exec(
        name,
      )
    if (shadowed !== null)
      context.found({
        rule: 'code.started',
        what: `${quoted(name)} is imported instead of the library ${shadowed[0]}`,
        file: name,
      })
  }
}
