// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ModelId, TermsId, TierId} from "../types/Ids.sol";
import {Terms, TermsBody, TermsSet, Threshold, Tier} from "../types/Terms.sol";

/**
 * @title Licenses in machine-readable form, and what publishers offer of them
 * @dev Terms are the same for everybody, published once by anybody, and immutable: their id is the hash of what they say.
 * A tier is one publisher's offer of terms for one model. Withdrawing a tier ends new and renewed credentials, and leaves
 * those that were granted as they are. A pause (see {IWritePause}) stops publishing and offering, not withdrawing.
 */
interface ILicenseRegistry {
    /// @dev What the chain keeps of a tier.
    struct TierRecord {
        TermsId terms;
        uint32 passThrough; // rights
        uint40 maxDuration; // seconds, zero for no bound
        uint64 callQuota; // calls under one credential, zero for no bound
        uint64 tokenQuota; // tokens under one credential, zero for no bound
        bool open;
        bool withdrawn;
    }

    /// @dev `terms` are not published.
    error LicenseRegistryUnknownTerms(TermsId terms);

    /// @dev `terms` are published already.
    error LicenseRegistryAlreadyPublished(TermsId terms);

    /// @dev The mask of rights has bits that are not defined.
    error LicenseRegistryUndefinedRights(uint32 rights);

    /// @dev The mask of obligations has bits that are not defined.
    error LicenseRegistryUndefinedObligations(uint32 obligations);

    /// @dev The metric is not defined.
    error LicenseRegistryUndefinedMetric(uint8 metric);

    /// @dev The threshold number `index` withdraws nothing and adds nothing.
    error LicenseRegistryIdleThreshold(uint256 index);

    /// @dev There are `count` thresholds; 8 are possible.
    error LicenseRegistryTooManyThresholds(uint256 count);

    /// @dev The text has `length` bytes; 2,048 are possible for an uri, 64 for a name, and a name has at least one.
    error LicenseRegistryTextLength(uint256 length);

    /// @dev A set has to state terms for at least one component, and no set for a component.
    error LicenseRegistryInvalidSet(TermsId weights, TermsId code, TermsId outputs);

    /// @dev `tier` of `model` is offered already.
    error LicenseRegistryAlreadyOffered(ModelId model, TierId tier);

    /// @dev `model` has no such tier.
    error LicenseRegistryUnknownTier(ModelId model, TierId tier);

    /// @dev `tier` of `model` has been withdrawn.
    error LicenseRegistryTierWithdrawn(ModelId model, TierId tier);

    /// @dev `passThrough` has rights that `rights`, those of the terms, do not give.
    error LicenseRegistryExcessPassThrough(uint32 passThrough, uint32 rights);

    /// @dev `model` has 16 tiers; more are not possible.
    error LicenseRegistryTooManyTiers(ModelId model);

    /// @dev Emitted once for terms. Carries them whole, so that `terms` can be recomputed.
    event TermsPublished(
        TermsId indexed terms,
        address indexed account,
        string name,
        string uri,
        bytes32 text,
        uint32 rights,
        uint32 obligations,
        Threshold[] thresholds
    );

    /// @dev Emitted once for a set of terms.
    event TermsSetPublished(
        TermsId indexed terms,
        address indexed account,
        TermsId weights,
        TermsId code,
        TermsId outputs
    );

    /// @dev Emitted once for a tier. Carries it whole, so that `tier` can be recomputed.
    event TierOffered(
        TierId indexed tier,
        ModelId indexed model,
        address indexed publisher,
        TermsId terms,
        uint32 passThrough,
        bool open,
        uint40 maxDuration,
        uint64 callQuota,
        uint64 tokenQuota,
        string name,
        string uri
    );

    /// @dev Emitted when a tier is no longer offered.
    event TierWithdrawn(TierId indexed tier, ModelId indexed model, address indexed account);

    /// @dev Publishes terms and returns their id; anybody may.
    ///
    /// Requirements: new; a name of 1 to 64 bytes; an uri of at most 2,048; only defined rights, obligations and metrics; at
    /// most 8 thresholds, each of which withdraws or adds something. Emits {TermsPublished}.
    function publishTerms(Terms calldata terms) external returns (TermsId id);

    /// @dev Publishes a set of terms by component and returns its id, which stands wherever an id of terms does.
    ///
    /// Requirements: new; at least one component; each component zero or a published template; together at most 8
    /// thresholds. Emits {TermsSetPublished}.
    function publishTermsSet(TermsSet calldata set) external returns (TermsId id);

    /// @dev Offers a tier and returns its id.
    ///
    /// Requirements: the caller may act for the model's publisher; new; `terms` are published; `passThrough` within their
    /// rights; a name of 1 to 64 bytes; at most 16 tiers a model. Emits {TierOffered}.
    function offerTier(Tier calldata tier) external returns (TierId id);

    /// @dev Ends an offer. Requirements: the caller may act for the model's publisher; the tier is offered. Emits {TierWithdrawn}.
    function withdrawTier(ModelId model, TierId tier) external;

    /// @dev What an evaluation reads of terms; zero terms state nothing. Reverts with {LicenseRegistryUnknownTerms}.
    function termsBodyOf(TermsId terms) external view returns (TermsBody memory);

    /// @dev Whether terms are published.
    function isPublished(TermsId terms) external view returns (bool);

    /// @dev A tier of a model. Reverts with {LicenseRegistryUnknownTier}.
    function tierOf(ModelId model, TierId tier) external view returns (TierRecord memory);

    /// @dev A tier that a credential is about to be issued of, with the model's publisher. Reverts with
    /// {LicenseRegistryUnknownTier} or {LicenseRegistryTierWithdrawn}.
    function offeredTier(
        ModelId model,
        TierId tier
    ) external view returns (address publisher, bool open, uint40 maxDuration);

    /// @dev The longest validity of a credential of a tier that is still offered, in seconds, zero for no bound: what a renewal
    /// asks for. Reverts as {offeredTier}.
    function maxDurationOf(ModelId model, TierId tier) external view returns (uint40);

    /// @dev The ids of all tiers that were ever offered for a model, oldest first; at most 16.
    function tiersOf(ModelId model) external view returns (TierId[] memory);
}
