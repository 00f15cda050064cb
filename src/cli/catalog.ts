import type { Command } from 'commander'

import type { Context } from '../console/context.ts'

/** Adds the options, the help and the action of one command. `exit` receives the code of an answer that is not an error. */
export type DefineCommand = (command: Command, context: Context, exit: (code: number) => void) => void

/** A command: its name with its arguments, what it does, and the module that is imported only when it is used. */
export type CommandEntry = { usage: string; summary: string; load: () => Promise<DefineCommand> }

/** A command that holds others. */
export type CommandGroup = { name: string; summary: string; entries: readonly (CommandEntry | CommandGroup)[] }

/** Every command of `stemma`, below the headings and in the order in which help lists them. */
export const CATALOG: readonly { heading: string; entries: readonly (CommandEntry | CommandGroup)[] }[] = [
  {
    heading: 'Ask:',
    entries: [
      {
        usage: 'verify [model|path|place]',
        summary:
          'answer whether a model, or the weights at a path or a place (such as hf:… or ollama:…), may be used in a certain way, and why',
        load: () => import('./commands/compliance/verify.ts').then(({ verify }) => verify),
      },
      {
        usage: 'show <id|digest|uri>',
        summary: 'show a model by id, digest, URI or owner/name; or terms, a credential or a claim by id',
        load: () => import('./commands/registry/show.ts').then(({ show }) => show),
      },
      {
        usage: 'list',
        summary: 'list the models of a ledger',
        load: () => import('./commands/registry/list.ts').then(({ list }) => list),
      },
      {
        usage: 'search <text>',
        summary:
          'search models by name, digest, account or license; exits with 1 when nothing is found, and says what may have been meant',
        load: () => import('./commands/registry/search.ts').then(({ search }) => search),
      },
      {
        usage: 'ancestry <model>',
        summary: 'show what a model was made from; an ancestor reached twice is shown once',
        load: () => import('./commands/registry/ancestry.ts').then(({ ancestry }) => ancestry),
      },
      {
        usage: 'path <from> <to>',
        summary: 'show a shortest path from a model up to an ancestor; exits with 1 when there is none',
        load: () => import('./commands/registry/path.ts').then(({ path }) => path),
      },
      {
        name: 'lock',
        summary: 'keep what a repository uses in stemma.lock.json, and check all of it at once',
        entries: [
          {
            usage: 'add <model|path>',
            summary: 'lock a model that the repository uses, with its publisher and its bases',
            load: () => import('./commands/lock/lockAdd.ts').then(({ lockAdd }) => lockAdd),
          },
          {
            usage: 'update [names...]',
            summary: 'lock models as they are now, and show what changes',
            load: () => import('./commands/lock/lockUpdate.ts').then(({ lockUpdate }) => lockUpdate),
          },
          {
            usage: 'check [names...]',
            summary: 'verify all models of the lock file as of one block, and compare them with what was locked',
            load: () => import('./commands/lock/lockCheck.ts').then(({ lockCheck }) => lockCheck),
          },
          {
            usage: 'list',
            summary: 'list what the lock file has; needs no node',
            load: () => import('./commands/lock/lockList.ts').then(({ lockList }) => lockList),
          },
          {
            usage: 'remove <names...>',
            summary: 'take models out of the lock file; needs no node',
            load: () => import('./commands/lock/lockRemove.ts').then(({ lockRemove }) => lockRemove),
          },
          {
            usage: 'accept <name>',
            summary: 'accept one finding about a model for one use until a day; needs no node',
            load: () => import('./commands/lock/lockAccept.ts').then(({ lockAccept }) => lockAccept),
          },
        ],
      },
    ],
  },
  {
    heading: 'Take along:',
    entries: [
      {
        name: 'export',
        summary: 'write what a ledger holds of a model for others, such as for those without a node',
        entries: [
          {
            usage: 'bom <model|path>',
            summary: 'write what a model was made from as a bill of materials: CycloneDX or SPDX',
            load: () => import('./commands/compliance/exportBom.ts').then(({ exportBom }) => exportBom),
          },
          {
            usage: 'bundle [model|path]',
            summary: 'write an offline bundle: all that answers a question about a model, with proofs; or show one',
            load: () => import('./commands/compliance/exportBundle.ts').then(({ exportBundle }) => exportBundle),
          },
          {
            usage: 'credential <id>',
            summary: 'write a license credential as a W3C Verifiable Credential',
            load: () =>
              import('./commands/licensing/exportCredential.ts').then(({ exportCredential }) => exportCredential),
          },
          {
            usage: 'statement <model|path>',
            summary: 'write the lineage of a model as an in-toto statement, or add it to claims.jsonl beside the model',
            load: () =>
              import('./commands/compliance/exportStatement.ts').then(({ exportStatement }) => exportStatement),
          },
          {
            usage: 'summary <model|path>',
            summary: "fill the EU's template for the public summary of training content, as far as it is stated",
            load: () => import('./commands/compliance/exportSummary.ts').then(({ exportSummary }) => exportSummary),
          },
          {
            usage: 'svg <model>',
            summary: 'draw what a model was made from as an SVG image, and with an index what was made from it',
            load: () => import('./commands/compliance/exportSvg.ts').then(({ exportSvg }) => exportSvg),
          },
        ],
      },
      {
        usage: 'share <file>',
        summary: 'put a signed registration, offer or scan into a URL, for another account to send; needs no node',
        load: () => import('./commands/share.ts').then(({ share }) => share),
      },
    ],
  },
  {
    heading: 'Register:',
    entries: [
      {
        usage: 'digest <path|place>',
        summary:
          'compute the model digest of a folder, a file or a place such as ollama:name (OpenSSF Model Signing manifest), and that of its tensors',
        load: () => import('./commands/registry/digest.ts').then(({ digest }) => digest),
      },
      {
        usage: 'draft [folder|place]',
        summary:
          'draft the registration of the model in a folder or a place (such as hf:… or ollama:…) from its card (README.md)',
        load: () => import('./commands/registry/draft.ts').then(({ draft }) => draft),
      },
      {
        usage: 'register [draft.json|folder|place]',
        summary:
          'register a model from a draft, from a folder or a place (such as hf:… or ollama:…) with its card, or as its publisher signed it',
        load: () => import('./commands/registry/register.ts').then(({ register }) => register),
      },
      {
        usage: 'import [models...]',
        summary:
          'register models of the Hugging Face Hub, one or thousands, and with --recursive what they are made from; shows all of it first',
        load: () => import('./commands/registry/importModels.ts').then(({ importModels }) => importModels),
      },
      {
        name: 'method',
        summary: 'check the description of how a model was trained',
        entries: [
          {
            usage: 'check <file>',
            summary: 'check a training description, and print its digest and what it states; needs no node',
            load: () => import('./commands/registry/methodCheck.ts').then(({ methodCheck }) => methodCheck),
          },
        ],
      },
      {
        name: 'model',
        summary: 'change the status of a model, list its children, add or confirm parents, and state where it answers',
        entries: [
          {
            usage: 'supersede <model> <successor>',
            summary: 'name the model that replaces a model',
            load: () => import('./commands/registry/modelSupersede.ts').then(({ modelSupersede }) => modelSupersede),
          },
          {
            usage: 'retire <model>',
            summary: 'end the support of a model',
            load: () => import('./commands/registry/modelRetire.ts').then(({ modelRetire }) => modelRetire),
          },
          {
            usage: 'recall <model|digest>',
            summary: 'recall your own model for good; or a model, weights or tensors, as the authority',
            load: () => import('./commands/registry/modelRecall.ts').then(({ modelRecall }) => modelRecall),
          },
          {
            usage: 'sync <model>',
            summary: "mark a model on chain as the authority's recalls are now, or take the mark back; anybody may",
            load: () => import('./commands/registry/modelSync.ts').then(({ modelSync }) => modelSync),
          },
          {
            usage: 'bind <external> <model>',
            summary: 'say which model a parent is that nobody registered',
            load: () => import('./commands/registry/modelBind.ts').then(({ modelBind }) => modelBind),
          },
          {
            usage: 'children <model>',
            summary: 'list the models that were made directly from a model',
            load: () => import('./commands/registry/modelChildren.ts').then(({ modelChildren }) => modelChildren),
          },
          {
            usage: 'attest <model> <parent>',
            summary: 'add a forgotten parent to the lineage of your own model',
            load: () => import('./commands/claims/modelAttest.ts').then(({ modelAttest }) => modelAttest),
          },
          {
            usage: 'detach <model> <parent>',
            summary: 'take back a parent that you attested, while nobody has confirmed it',
            load: () => import('./commands/claims/modelDetach.ts').then(({ modelDetach }) => modelDetach),
          },
          {
            usage: 'countersign <model> <parent>',
            summary: 'confirm, as the publisher of the parent, that a model was made from it',
            load: () =>
              import('./commands/claims/modelCountersign.ts').then(({ modelCountersign }) => modelCountersign),
          },
          {
            name: 'endpoint',
            summary: 'state which model answers to a model name at an endpoint, take it back, and list what is stated',
            entries: [
              {
                usage: 'state <model> <origin> <name>',
                summary: 'state, as who serves it, that an endpoint answers to a model name with this model',
                load: () => import('./commands/audit/endpointState.ts').then(({ endpointState }) => endpointState),
              },
              {
                usage: 'anchor <statement.json|url>',
                summary: 'anchor a statement that its publisher signed (model endpoint state --sign); anybody may',
                load: () => import('./commands/audit/endpointAnchor.ts').then(({ endpointAnchor }) => endpointAnchor),
              },
              {
                usage: 'revoke <origin> <name>',
                summary: 'take back what you stated about an endpoint',
                load: () => import('./commands/audit/endpointRevoke.ts').then(({ endpointRevoke }) => endpointRevoke),
              },
              {
                usage: 'list <origin> <name>',
                summary: 'list what publishers state about an endpoint',
                load: () => import('./commands/audit/endpointList.ts').then(({ endpointList }) => endpointList),
              },
            ],
          },
        ],
      },
      {
        name: 'batch',
        summary: 'anchor thousands of registrations at once, and prove each of them',
        entries: [
          {
            usage: 'build <drafts>',
            summary: 'build a batch file from drafts: a folder of them, a file with a list, or one draft a line',
            load: () => import('./commands/registry/batchBuild.ts').then(({ batchBuild }) => batchBuild),
          },
          {
            usage: 'check <file>',
            summary: 'check a batch file: recompute every id and the root; needs no node',
            load: () => import('./commands/registry/batchCheck.ts').then(({ batchCheck }) => batchCheck),
          },
          {
            usage: 'anchor <file>',
            summary: 'check a batch file and anchor its root; keep the file, the chain has only the root',
            load: () => import('./commands/registry/batchAnchor.ts').then(({ batchAnchor }) => batchAnchor),
          },
          {
            usage: 'prove <file> <model>',
            summary: 'prove that a model is in a batch; prints JSON; needs no node',
            load: () => import('./commands/registry/batchProve.ts').then(({ batchProve }) => batchProve),
          },
          {
            usage: 'materialize <file> [model]',
            summary: 'write the full record of a model from a batch file and its name, or from a proof',
            load: () =>
              import('./commands/registry/batchMaterialize.ts').then(({ batchMaterialize }) => batchMaterialize),
          },
          {
            usage: 'revoke <root>',
            summary: 'end a batch, so that nothing more can be materialized from it; what was stays',
            load: () => import('./commands/registry/batchRevoke.ts').then(({ batchRevoke }) => batchRevoke),
          },
        ],
      },
      {
        name: 'claim',
        summary: 'claim undeclared lineage, answer and rule on claims, and see where they stand',
        entries: [
          {
            usage: 'file <model|product>',
            summary: 'claim that a model, or an unregistered product, was made from a model without saying so',
            load: () => import('./commands/claims/claimFile.ts').then(({ claimFile }) => claimFile),
          },
          {
            usage: 'disclose <file>',
            summary: 'disclose the evidence of a filed claim from the file that was kept, or correct where it is',
            load: () => import('./commands/claims/claimDisclose.ts').then(({ claimDisclose }) => claimDisclose),
          },
          {
            usage: 'evidence <file>',
            summary: 'print the canonical form of an evidence document, which is what to publish',
            load: () => import('./commands/claims/claimEvidence.ts').then(({ claimEvidence }) => claimEvidence),
          },
          {
            usage: 'withdraw <claim>',
            summary: 'withdraw your claim before it is ruled on; the deposit is credited to you',
            load: () => import('./commands/claims/claimWithdraw.ts').then(({ claimWithdraw }) => claimWithdraw),
          },
          {
            usage: 'refund',
            summary: 'collect the deposits that are credited to the sender',
            load: () => import('./commands/claims/claimRefund.ts').then(({ claimRefund }) => claimRefund),
          },
          {
            usage: 'acknowledge <claim>',
            summary: 'confirm a claim about your own model; the parent is added to its lineage',
            load: () =>
              import('./commands/claims/claimAcknowledge.ts').then(({ claimAcknowledge }) => claimAcknowledge),
          },
          {
            usage: 'contest <claim>',
            summary: 'contest a claim about your own model, or that it inherits one; an adjudicator then rules',
            load: () => import('./commands/claims/claimContest.ts').then(({ claimContest }) => claimContest),
          },
          {
            usage: 'accept <claim>',
            summary: 'accept a claim for ruling, as an adjudicator',
            load: () => import('./commands/claims/claimAccept.ts').then(({ claimAccept }) => claimAccept),
          },
          {
            usage: 'rule <claim>',
            summary: 'rule on an accepted claim, or on a contested inheritance, as an adjudicator',
            load: () => import('./commands/claims/claimRule.ts').then(({ claimRule }) => claimRule),
          },
          {
            usage: 'extend <claim> <tensors>',
            summary: 'let the models with these tensors inherit an upheld claim, as an adjudicator',
            load: () => import('./commands/claims/claimExtend.ts').then(({ claimExtend }) => claimExtend),
          },
          {
            usage: 'inherit <claim> <model>',
            summary: 'apply an upheld claim to a model with its weights or tensors, after a time to contest',
            load: () => import('./commands/claims/claimInherit.ts').then(({ claimInherit }) => claimInherit),
          },
          {
            usage: 'list [model]',
            summary: 'list claims, oldest first: about a model and its weights, or all of them',
            load: () => import('./commands/claims/claimList.ts').then(({ claimList }) => claimList),
          },
          {
            usage: 'show <claim>',
            summary: 'show what a claim states and where it stands',
            load: () => import('./commands/claims/claimShow.ts').then(({ claimShow }) => claimShow),
          },
        ],
      },
    ],
  },
  {
    heading: 'License:',
    entries: [
      {
        name: 'terms',
        summary: 'list, show and publish terms',
        entries: [
          {
            usage: 'list',
            summary: 'list the terms on the ledger',
            load: () => import('./commands/licensing/termsList.ts').then(({ termsList }) => termsList),
          },
          {
            usage: 'show <license|id>',
            summary: 'show published terms, or a set of terms',
            load: () => import('./commands/licensing/termsShow.ts').then(({ termsShow }) => termsShow),
          },
          {
            usage: 'publish [license|file.json...]',
            summary: 'publish licenses from the library or from files of the same form; skips published ones',
            load: () => import('./commands/licensing/termsPublish.ts').then(({ termsPublish }) => termsPublish),
          },
          {
            usage: 'publish-set',
            summary: 'publish a set of terms by component; an omitted component states nothing',
            load: () =>
              import('./commands/licensing/termsPublishSet.ts').then(({ termsPublishSet }) => termsPublishSet),
          },
        ],
      },
      {
        name: 'tier',
        summary: 'offer, withdraw and list the tiers of a model',
        entries: [
          {
            usage: 'offer <model>',
            summary: 'offer terms for a model, to everybody or one account at a time',
            load: () => import('./commands/licensing/tierOffer.ts').then(({ tierOffer }) => tierOffer),
          },
          {
            usage: 'withdraw <model> <tier>',
            summary: 'end an offer; issued credentials stay as they are',
            load: () => import('./commands/licensing/tierWithdraw.ts').then(({ tierWithdraw }) => tierWithdraw),
          },
          {
            usage: 'release <model> <tier>',
            summary: 'free the place of a withdrawn tier, by its id; its credentials no longer count in evaluations',
            load: () => import('./commands/licensing/tierRelease.ts').then(({ tierRelease }) => tierRelease),
          },
          {
            usage: 'list <model>',
            summary: 'list every tier ever offered for a model',
            load: () => import('./commands/licensing/tierList.ts').then(({ tierList }) => tierList),
          },
        ],
      },
      {
        name: 'credential',
        summary: 'grant, request, obtain, change, give up, list and show credentials',
        entries: [
          {
            usage: 'list',
            summary: 'list the credentials of a model, of a holder, or of both, oldest first',
            load: () => import('./commands/licensing/credentialList.ts').then(({ credentialList }) => credentialList),
          },
          {
            usage: 'show <credential>',
            summary: 'show a credential, and whether it is valid',
            load: () => import('./commands/licensing/credentialShow.ts').then(({ credentialShow }) => credentialShow),
          },
          {
            usage: 'grant <model> <tier> <holder>',
            summary: 'grant a tier of a model to an account, as its publisher or under your own credential',
            load: () =>
              import('./commands/licensing/credentialGrant.ts').then(({ credentialGrant }) => credentialGrant),
          },
          {
            usage: 'offer <model> <tier> <holder>',
            summary: 'sign an offer of a tier for one account, which accepts it and pays the gas; sends nothing',
            load: () =>
              import('./commands/licensing/credentialOffer.ts').then(({ credentialOffer }) => credentialOffer),
          },
          {
            usage: 'accept <offer.json|url>',
            summary: "accept an offer that a publisher signed; send it from the holder's account",
            load: () =>
              import('./commands/licensing/credentialAccept.ts').then(({ credentialAccept }) => credentialAccept),
          },
          {
            usage: 'cancel <model> <tier> <holder>',
            summary: 'cancel your offers of a tier to an account before it accepts; it never gets a credential of it',
            load: () =>
              import('./commands/licensing/credentialCancel.ts').then(({ credentialCancel }) => credentialCancel),
          },
          {
            usage: 'request <model> <tier>',
            summary: 'ask the publisher of a model for a credential of a tier',
            load: () =>
              import('./commands/licensing/credentialRequest.ts').then(({ credentialRequest }) => credentialRequest),
          },
          {
            usage: 'requests <model>',
            summary: 'list the requests for credentials of a model that nobody has answered, newest first',
            load: () =>
              import('./commands/licensing/credentialRequests.ts').then(({ credentialRequests }) => credentialRequests),
          },
          {
            usage: 'obtain <model> <tier>',
            summary: 'obtain a credential of an open tier, for as long as the tier allows',
            load: () =>
              import('./commands/licensing/credentialObtain.ts').then(({ credentialObtain }) => credentialObtain),
          },
          {
            usage: 'renew <credential>',
            summary: 'extend a credential',
            load: () =>
              import('./commands/licensing/credentialRenew.ts').then(({ credentialRenew }) => credentialRenew),
          },
          {
            usage: 'suspend <credential>',
            summary: 'suspend a credential until it is reinstated',
            load: () =>
              import('./commands/licensing/credentialSuspend.ts').then(({ credentialSuspend }) => credentialSuspend),
          },
          {
            usage: 'reinstate <credential>',
            summary: 'end the suspension of a credential',
            load: () =>
              import('./commands/licensing/credentialReinstate.ts').then(
                ({ credentialReinstate }) => credentialReinstate,
              ),
          },
          {
            usage: 'revoke <credential>',
            summary: 'revoke a credential for good',
            load: () =>
              import('./commands/licensing/credentialRevoke.ts').then(({ credentialRevoke }) => credentialRevoke),
          },
          {
            usage: 'renounce <credential>',
            summary: 'give up your own credential for good',
            load: () =>
              import('./commands/licensing/credentialRenounce.ts').then(({ credentialRenounce }) => credentialRenounce),
          },
        ],
      },
    ],
  },
  {
    heading: 'Review and audit:',
    entries: [
      {
        name: 'guard',
        summary: 'start what loads weights only once they are verified, and hold back all else',
        entries: [
          {
            usage: 'run [command...]',
            summary:
              'start a command once the models that it loads are verified; exits as the command does, or with 75 (held), 77 (refused), 65 (changed), 69 (the gate cannot be asked)',
            load: () => import('./commands/guard/guardRun.ts').then(({ guardRun }) => guardRun),
          },
          {
            usage: 'held',
            summary: 'list the models that are held; needs no node',
            load: () => import('./commands/guard/guardHeld.ts').then(({ guardHeld }) => guardHeld),
          },
          {
            usage: 'release <digest>',
            summary: 'give back a held model that may start by now; exits with 75 or 77 if it may not',
            load: () => import('./commands/guard/guardRelease.ts').then(({ guardRelease }) => guardRelease),
          },
          {
            usage: 'restore <digest>',
            summary:
              'give the bytes of a held model back to their owner, not cleared; overwrites nothing, needs no node',
            load: () => import('./commands/guard/guardRestore.ts').then(({ guardRestore }) => guardRestore),
          },
        ],
      },
      {
        name: 'weights',
        summary: 'look into weights without running anything of them: scans, sketches, comparison; and sign them',
        entries: [
          {
            usage: 'scan <path|place>',
            summary: 'scan a model on this disk; exits with 1 when it failed, 3 when something could not be judged',
            load: () => import('./commands/scan/weightsScan.ts').then(({ weightsScan }) => weightsScan),
          },
          {
            usage: 'rules',
            summary: 'print what scans look for, and the digest of it all; needs no node',
            load: () => import('./commands/scan/weightsRules.ts').then(({ weightsRules }) => weightsRules),
          },
          {
            usage: 'report <report.json>',
            summary: 'read the report of a scan that somebody else made, and compare it with what was attested',
            load: () => import('./commands/scan/weightsReport.ts').then(({ weightsReport }) => weightsReport),
          },
          {
            usage: 'override <path|place>',
            summary: 'pass over what one rule finds in some weights for a time, by a signature in every later report',
            load: () => import('./commands/scan/weightsOverride.ts').then(({ weightsOverride }) => weightsOverride),
          },
          {
            usage: 'sketch <model>',
            summary: "make the sketch of a model's weights, by which its descendants can be found, or check one",
            load: () => import('./commands/fingerprint/weightsSketch.ts').then(({ weightsSketch }) => weightsSketch),
          },
          {
            usage: 'compare <suspect> [others...]',
            summary:
              'say whether a model is independent of others, by their sketches or weights; exits with 1 if not, with 3 if it cannot tell',
            load: () => import('./commands/fingerprint/weightsCompare.ts').then(({ weightsCompare }) => weightsCompare),
          },
          {
            usage: 'sign <path>',
            summary: 'sign the model in a folder by a key, as OpenSSF Model Signing has it',
            load: () => import('./commands/registry/weightsSign.ts').then(({ weightsSign }) => weightsSign),
          },
        ],
      },
      {
        name: 'review',
        summary: 'pass weights through the gate before they are loaded',
        entries: [
          {
            usage: 'status <model|path|digest>',
            summary: 'show where a review stands, the time left and what is missing; exits with 1 while shut',
            load: () => import('./commands/gate/reviewStatus.ts').then(({ reviewStatus }) => reviewStatus),
          },
          {
            usage: 'check <path>',
            summary: 'ask whether what is at hand may be loaded: license, recalls, review; exits with 1 if not',
            load: () => import('./commands/gate/reviewCheck.ts').then(({ reviewCheck }) => reviewCheck),
          },
          {
            usage: 'uri <model|path|digest> <uri>',
            summary: 'correct where scanners can fetch the weights, as who requested the review or as the publisher',
            load: () => import('./commands/gate/reviewUri.ts').then(({ reviewUri }) => reviewUri),
          },
          {
            usage: 'request <model|path|digest>',
            summary: 'request a review, which starts its clock; anybody may',
            load: () => import('./commands/gate/reviewRequest.ts').then(({ reviewRequest }) => reviewRequest),
          },
          {
            usage: 'scan <model|path|digest>',
            summary:
              'scan weights and attest the report, as an accredited scanner; exits with 3 when something is unknown',
            load: () => import('./commands/gate/reviewScan.ts').then(({ reviewScan }) => reviewScan),
          },
          {
            usage: 'attest <scan.json|url>',
            summary: 'send a scan that a scanner signed (review scan --sign); anybody may',
            load: () => import('./commands/gate/reviewAttest.ts').then(({ reviewAttest }) => reviewAttest),
          },
          {
            usage: 'clear <model|path|digest>',
            summary: 'clear a review whose clock has run out and that scanners have passed; anybody may',
            load: () => import('./commands/gate/reviewClear.ts').then(({ reviewClear }) => reviewClear),
          },
          {
            usage: 'freeze <model|path|digest>',
            summary: 'freeze a cleared review again that a quorum has failed; anybody may',
            load: () => import('./commands/gate/reviewFreeze.ts').then(({ reviewFreeze }) => reviewFreeze),
          },
          {
            usage: 'quarantine <model|path|digest>',
            summary: 'end for good a review whose clock has run out and that a quorum has failed; anybody may',
            load: () => import('./commands/gate/reviewQuarantine.ts').then(({ reviewQuarantine }) => reviewQuarantine),
          },
          {
            usage: 'certify <model|path|digest>',
            summary: "open the gate at once, as an accredited certifier; replaces one's own earlier certification",
            load: () => import('./commands/gate/reviewCertify.ts').then(({ reviewCertify }) => reviewCertify),
          },
          {
            usage: 'withdraw-certification <model|path|digest>',
            summary: 'withdraw a certification, as its certifier or as an authority; the gate shuts at once',
            load: () =>
              import('./commands/gate/reviewWithdrawCertification.ts').then(
                ({ reviewWithdrawCertification }) => reviewWithdrawCertification,
              ),
          },
        ],
      },
      {
        name: 'usage',
        summary: 'anchor, prove and check the logs of calls under a credential',
        entries: [
          {
            usage: 'checkpoint <log>',
            summary: 'check a usage log and anchor how far it has grown',
            load: () => import('./commands/audit/usageCheckpoint.ts').then(({ usageCheckpoint }) => usageCheckpoint),
          },
          {
            usage: 'prove <log>',
            summary: 'prove a record, or that the log continues an older one; prints JSON; needs no node',
            load: () => import('./commands/audit/usageProve.ts').then(({ usageProve }) => usageProve),
          },
          {
            usage: 'replay <log|folder|proof>',
            summary: 'check usage logs, or a proof from one, against the chain; exits with 1 when one convicts',
            load: () => import('./commands/audit/usageReplay.ts').then(({ usageReplay }) => usageReplay),
          },
          {
            usage: 'compare <own> <log|folder>',
            summary: "compare the calls that a caller kept with an operator's logs; exits with 1 when they differ",
            load: () => import('./commands/audit/usageCompare.ts').then(({ usageCompare }) => usageCompare),
          },
          {
            usage: 'reopen <credential>',
            summary: 'close the usage log of a credential after a wrong checkpoint, and open the next, empty one',
            load: () => import('./commands/audit/usageReopen.ts').then(({ usageReopen }) => usageReopen),
          },
          {
            usage: 'report [credential]',
            summary:
              'show usage under a credential beside its quotas (exits with 1 when one is exceeded), or by licensee, tier and day',
            load: () => import('./commands/audit/usageReport.ts').then(({ usageReport }) => usageReport),
          },
        ],
      },
    ],
  },
  {
    heading: 'Publishers, ledgers and keys:',
    entries: [
      {
        usage: 'wait <transaction>',
        summary: 'wait until a transaction that was sent is in a block',
        load: () => import('./commands/wait.ts').then(({ wait }) => wait),
      },
      {
        name: 'publisher',
        summary: 'show publishers, and manage one',
        entries: [
          {
            name: 'profile',
            summary: 'show, set and verify the profile of a publisher',
            entries: [
              {
                usage: 'show <address>',
                summary: 'show what is known of a publisher, its operators and its models',
                load: () =>
                  import('./commands/registry/publisherProfileShow.ts').then(
                    ({ publisherProfileShow }) => publisherProfileShow,
                  ),
              },
              {
                usage: 'set <document>',
                summary: 'set the profile to the SHA-256 of a document; ends a verification of the old one',
                load: () =>
                  import('./commands/registry/publisherProfileSet.ts').then(
                    ({ publisherProfileSet }) => publisherProfileSet,
                  ),
              },
              {
                usage: 'verify <publisher> <document>',
                summary: "state, as a verifier, that the document is the publisher's profile and true",
                load: () =>
                  import('./commands/registry/publisherProfileVerify.ts').then(
                    ({ publisherProfileVerify }) => publisherProfileVerify,
                  ),
              },
            ],
          },
          {
            name: 'operators',
            summary: 'list, add and remove the accounts that act for a publisher',
            entries: [
              {
                usage: 'list <publisher>',
                summary: 'list the operators of a publisher, and until when each may act for it',
                load: () =>
                  import('./commands/registry/publisherOperatorsList.ts').then(
                    ({ publisherOperatorsList }) => publisherOperatorsList,
                  ),
              },
              {
                usage: 'add <operator>',
                summary: 'let an account (the key of a CI, say) act for the publisher until a time',
                load: () =>
                  import('./commands/registry/publisherOperatorsAdd.ts').then(
                    ({ publisherOperatorsAdd }) => publisherOperatorsAdd,
                  ),
              },
              {
                usage: 'remove <operator>',
                summary: 'stop an account from acting for the publisher, at once',
                load: () =>
                  import('./commands/registry/publisherOperatorsRemove.ts').then(
                    ({ publisherOperatorsRemove }) => publisherOperatorsRemove,
                  ),
              },
            ],
          },
          {
            usage: 'prove <names...>',
            summary: 'prove that a publisher holds a repository or a domain, and check such proofs',
            load: () => import('./commands/registry/publisherProve.ts').then(({ publisherProve }) => publisherProve),
          },
          {
            name: 'control',
            summary: 'hand the control of a publisher over to another account',
            entries: [
              {
                usage: 'propose <controller>',
                summary: 'offer control of the publisher to another account; the zero address withdraws the offer',
                load: () =>
                  import('./commands/registry/publisherControlPropose.ts').then(
                    ({ publisherControlPropose }) => publisherControlPropose,
                  ),
              },
              {
                usage: 'accept <publisher>',
                summary: 'take over the control that was offered to the signer; ends all operators',
                load: () =>
                  import('./commands/registry/publisherControlAccept.ts').then(
                    ({ publisherControlAccept }) => publisherControlAccept,
                  ),
              },
            ],
          },
        ],
      },
      {
        usage: 'roles',
        summary: 'show who may do what on the ledger, since when and after which delay, and what nobody may do',
        load: () => import('./commands/governance/roles.ts').then(({ roles }) => roles),
      },
      {
        usage: 'watch',
        summary: "print the ledger's events as they arrive, or what changes for a lock file, until Ctrl-C",
        load: () => import('./commands/watch.ts').then(({ watch }) => watch),
      },
      {
        usage: 'trust [path|publisher|external]',
        summary: 'let a deployment answer, a publisher count, or a changed binding; list and end such trust',
        load: () => import('./commands/trust.ts').then(({ trust }) => trust),
      },
      {
        name: 'deployment',
        summary: 'list the ledgers that --deployment can name',
        entries: [
          {
            usage: 'list',
            summary: 'list the ledgers that --deployment can name: your own, then those of nearer folders',
            load: () => import('./commands/deploymentList.ts').then(({ deploymentList }) => deploymentList),
          },
        ],
      },
      {
        name: 'keystore',
        summary: 'keep a key in an encrypted file',
        entries: [
          {
            usage: 'create <file>',
            summary: 'make a new key, encrypted with a password (STEMMA_KEYSTORE_PASSWORD, or asked for at a terminal)',
            load: () => import('./commands/keystoreCreate.ts').then(({ keystoreCreate }) => keystoreCreate),
          },
          {
            usage: 'show <file>',
            summary: 'show the account of a keystore; needs no password',
            load: () => import('./commands/keystoreShow.ts').then(({ keystoreShow }) => keystoreShow),
          },
        ],
      },
    ],
  },
]
