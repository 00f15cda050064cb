// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ModelId} from "../types/Ids.sol";

/// @dev What a recalled digest is of. Each kind has keys of its own: a recall of weights never concerns a model with the same
/// 32 bytes as its id.
enum RecallKind {
    Model, // the id of a registration
    Weights, // the digest of a folder: every registration of it
    Tensors // the digest of a tensor list: every registration that states it
}

/// @dev The stage of a recall. It only advances.
enum RecallState {
    None,
    Recalled,
    Undone, // counts as never made; may be recalled once more
    Final // recalled a second time, for good
}

/**
 * @dev A recall.
 *
 * - `recalledAt`: when it was made, the last time, in Unix seconds.
 * - `undoUntil`: the last second at which it may be undone, in Unix seconds; zero for a final one.
 * - `by`: the account that made it.
 */
struct Recall {
    RecallState state;
    uint40 recalledAt;
    uint40 undoUntil;
    address by;
}

/**
 * @title Recalls by the authority, and the bindings of external parents
 * @dev A recall names what it recalls: a kind and a digest. It takes no digest from a registration, because anybody can
 * register somebody else's digests. It reaches every registration with that digest, also those to come. A publisher's own
 * recall is {IModelRegistry.recall} and reaches its own model only.
 *
 * Registration reads nothing here. The {Ledger} copies a recall to a model's record when anybody asks it to, and takes it
 * back after an undo; see {IModelRegistry.syncRecall}. Nothing here can be paused.
 *
 * Assumptions:
 *
 * - The authority computed the digests itself. Nothing checks here that a digest is one of a file, or that a model is
 *   registered.
 * - One undo a digest, so that nobody can stop and start what depends on a model as often as they like.
 * - A binding says which registered model an external parent is. It is the word of a verifier or an adjudicator. What each
 *   bound model withholds is withheld, and a binding to what nobody registered leaves the external parent unknown. What
 *   publishers state is not kept here; see {ILineageClaims.stateBinding}.
 */
interface IRecalls {
    /// @dev A digest, a model's id or an external parent's id is zero.
    error RecallsMissingDigest();

    /// @dev The digest is recalled already.
    error RecallsAlreadyRecalled(RecallKind kind, bytes32 digest);

    /// @dev There is nothing to undo: the digest is not recalled, its recall was undone, or it is final.
    error RecallsNotUndoable(RecallKind kind, bytes32 digest, RecallState state);

    /// @dev The time to undo the recall passed at `undoUntil` (Unix seconds).
    error RecallsUndoTimePassed(RecallKind kind, bytes32 digest, uint40 undoUntil);

    /// @dev `account` made the recall itself. Another guardian can undo it.
    error RecallsOwnRecall(address account);

    /// @dev The name of the external parent is empty.
    error RecallsMissingName();

    /// @dev The text has `length` bytes; the limit is 2,048.
    error RecallsTextTooLong(uint256 length);

    /// @dev The external parent is bound to `model` already.
    error RecallsAlreadyBound(ModelId externalModel, ModelId model);

    /// @dev The external parent is not bound to `model`.
    error RecallsNotBound(ModelId externalModel, ModelId model);

    /// @dev The external parent has 4 bindings, the most that there can be. Remove one first.
    error RecallsTooManyBindings(ModelId externalModel);

    /// @dev Emitted when the authority recalls a digest. `undoUntil` (Unix seconds) is zero for a final recall.
    event Recalled(
        RecallKind indexed kind,
        bytes32 indexed digest,
        address indexed account,
        uint40 undoUntil,
        string reason
    );

    /// @dev Emitted when a guardian undoes a recall.
    event RecallUndone(RecallKind indexed kind, bytes32 indexed digest, address indexed account, string reason);

    /// @dev Emitted when anybody gives the name behind the id of an external parent.
    event ExternalNamed(ModelId indexed externalModel, string name);

    /// @dev Emitted when a verifier or an adjudicator binds an external parent to a model. `evidence` is the SHA-256 of the
    /// document that says why; zero when there is none.
    event ExternalBound(
        ModelId indexed externalModel,
        ModelId indexed model,
        address indexed account,
        bytes32 evidence
    );

    /// @dev Emitted when a binding is removed.
    event ExternalUnbound(ModelId indexed externalModel, ModelId indexed model, address indexed account);

    /// @dev Recalls a digest. It can be undone for 7 days, unless an earlier recall of it was undone: then it is final.
    ///
    /// Requirements: the caller has the authority's role; `digest` is not zero, and not recalled; `reason` has at most 2,048
    /// bytes. Emits {Recalled}.
    function recall(RecallKind kind, bytes32 digest, string calldata reason) external;

    /// @dev Undoes a recall, which then counts as never made.
    ///
    /// Requirements: the caller has the guardian's role and did not make the recall itself; the digest is recalled and was
    /// not recalled before; the time to undo has not passed; `reason` has at most 2,048 bytes. Emits {RecallUndone}.
    function undoRecall(RecallKind kind, bytes32 digest, string calldata reason) external;

    /// @dev Gives the name behind the id of an external parent, so that it can be found when the document that held it is
    /// gone. Anybody may call it, because the id proves the name. Requirements: the name has 1 to 2,048 bytes. Emits
    /// {ExternalNamed}.
    function nameExternal(string calldata name) external returns (ModelId externalModel);

    /// @dev Binds an external parent to a model, as a verifier. What is made from the external parent then has `model` as an
    /// ancestor; of several bindings, all count. Nothing checks here that the model is registered.
    ///
    /// Requirements: the caller has the verifier's role; neither id is zero; `model` is not bound to it yet; it has fewer
    /// than 4 bindings. Emits {ExternalBound}.
    function bindExternal(ModelId externalModel, ModelId model, bytes32 evidence) external;

    /// @dev Removes a binding that any verifier or adjudicator made, as a verifier. Requirements: the caller has the verifier's
    /// role; `model` is bound to the external parent. Emits {ExternalUnbound}.
    function unbindExternal(ModelId externalModel, ModelId model) external;

    /// @dev As {bindExternal} when `bound`, else as {unbindExternal}, but the caller has the adjudicator's role. A function of
    /// its own, because a function takes one role, whose members wait out their execution delay. `evidence` is not used for a
    /// removal.
    function ruleExternal(ModelId externalModel, ModelId model, bool bound, bytes32 evidence) external;

    /// @dev Whether a digest is recalled now.
    function isRecalled(RecallKind kind, bytes32 digest) external view returns (bool);

    /// @dev Whether a model is recalled now, by its id, by its weights or by its tensors. Each kind is asked. A zero has no
    /// recall.
    function areRecalled(ModelId model, bytes32 weights, bytes32 tensors) external view returns (bool);

    /// @dev The recall of a digest; all zero when there was none.
    function recallOf(RecallKind kind, bytes32 digest) external view returns (Recall memory);

    /// @dev The models that an external parent is bound to: in the order of their binding, but that the last takes the place of
    /// one that is removed.
    function bindingsOf(ModelId externalModel) external view returns (ModelId[] memory models);
}
