// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Query, Verdict} from "../compliance/IComplianceLens.sol";
import {ModelId} from "../types/Ids.sol";
import {Registration} from "../types/Registration.sol";

/**
 * @dev Whether a model may be loaded now, and the parts of the answer.
 *
 * - `loadable`: the license permits the uses, with or without obligations; the model is cleared or certified; and none of
 *   `recalled`, `shut`, `tensorsShut` and `misstated` is set.
 * - `license`: the lens's verdict on the query. {Verdict.Unknown} also when the lens fails, such as for a fact that it does
 *   not know or for lack of gas.
 * - `recalled`: the publisher recalled the model, or the authority recalled its id, its weights or its computed tensors.
 *   Recalls of ancestors are in `license`.
 * - `cleared`: the review of the model is cleared.
 * - `certified`: an accredited certifier certifies the model for all the uses now.
 * - `shut`: the model or its weights are quarantined, or a quorum of scanners failed the weights.
 * - `tensorsShut`: a quorum of scanners failed the computed tensors.
 * - `misstated`: the registration states tensors, and the computed ones differ.
 */
struct Check {
    bool loadable;
    Verdict license;
    bool recalled;
    bool cleared;
    bool certified;
    bool shut;
    bool tensorsShut;
    bool misstated;
}

/**
 * @title What a loader asks before it loads a model
 * @dev Puts license, recalls, review and certification together. It has no state and no setter, and takes nobody's word
 * but those of the contracts that it was deployed with. Anybody can deploy another, so a loader takes the address from the
 * deployment that it trusts. A fault in the lens is mended by deploying a lens and a check again; reviews stay.
 *
 * - The caller computes the digest of the tensors from the bytes that it is going to load, and gives zero where no reader
 *   knows the format. Recalls and failed scans are asked for that digest, never for the stated one.
 * - The query comes from the loader, with all that it says of the licensee. A fact that it leaves out is unknown, and a
 *   license that depends on it is not permitted: a missing permission is never taken as given.
 * - Which publishers may be loaded without a review is for the caller to decide, from the parts of the answer.
 */
interface ILoadCheck {
    /// @dev The registration is not on the ledger; its id would be `model`.
    error LoadCheckUnknownModel(ModelId model);

    /// @dev The query asks about `asked`, but the registration is that of `model`.
    error LoadCheckOtherModel(ModelId model, ModelId asked);

    /// @dev `uses` is empty or has undefined rights.
    error LoadCheckInvalidUses(uint32 uses);

    /// @dev Whether the registered model may be loaded for the uses of the query, as of now: the time of the query is not
    /// read. `tensorsComputed` is the digest of the tensor list of what is to be loaded, zero where it cannot be computed.
    ///
    /// Reverts with {LoadCheckInvalidUses}, {LoadCheckOtherModel} or {LoadCheckUnknownModel}; for nothing else, if it has
    /// enough gas for the lens, which needs more for a longer lineage. With too little gas it runs out or is not loadable.
    function check(
        Registration calldata registration,
        bytes32 tensorsComputed,
        Query calldata query
    ) external view returns (Check memory);
}
