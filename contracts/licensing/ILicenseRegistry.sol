// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ModelId, TermsId, TierId} from "../types/Ids.sol";
import {Terms, TermsBody, TermsSet, Tier} from "../types/Terms.sol";

/**
 * @title Licenses in machine-readable form, and what publishers offer of them
 * @dev Terms are immutable and shared: anybody publishes them once, and their id is the hash of their content. A tier is
 * one publisher's offer of terms for one model. After a tier is withdrawn, its credentials can be neither issued nor
 * renewed; those already granted stay as they are. Once the publisher's controller releases the tier, evaluations do not read
 * them any more. A pause (see {IWritePause}) stops publishing and offering, not withdrawing and releasing.
 */
interface ILicenseRegistry {
    /// @dev A tier as stored on chain.
    struct TierRecord {
        TermsId terms;
        uint32 passThrough; // rights
        uint40 maxDuration; // seconds, zero for no limit
        uint64 callQuota; // calls under one credential, zero for no limit
        uint64 tokenQuota; // tokens under one credential, zero for no limit
        bool open;
        bool subCredentials;
        bool withdrawn;
    }

    /// @dev `terms` have not been published.
    error LicenseRegistryUnknownTerms(TermsId terms);

    /// @dev `terms` are already published.
    error LicenseRegistryAlreadyPublished(TermsId terms);

    /// @dev The rights mask has undefined bits.
    error LicenseRegistryUndefinedRights(uint16 rights);

    /// @dev The obligations mask has undefined bits.
    error LicenseRegistryUndefinedObligations(uint16 obligations);

    /// @dev The word of duties has a lane of an undefined use, or an undefined obligation in a lane.
    error LicenseRegistryUndefinedDuties(uint256 duties);

    /// @dev The flags have undefined bits, or the one of a set.
    error LicenseRegistryUndefinedFlags(uint16 flags);

    /// @dev The family is not defined.
    error LicenseRegistryUndefinedFamily(uint8 family);

    /// @dev The outbound families have a bit that is not a family's.
    error LicenseRegistryUndefinedOutbound(uint128 outbound);

    /// @dev The metric is not defined.
    error LicenseRegistryUndefinedMetric(uint8 metric);

    /// @dev The threshold at `index` withdraws nothing and adds nothing.
    error LicenseRegistryIdleThreshold(uint256 index);

    /// @dev The threshold at `index` adds obligations and names no use that raises them, or the reverse.
    error LicenseRegistryUnraisedObligations(uint256 index);

    /// @dev There are `count` thresholds; the limit is 8.
    error LicenseRegistryTooManyThresholds(uint256 count);

    /// @dev The text has `length` bytes. A URI has at most 2,048, and a name has 1 to 64.
    error LicenseRegistryTextLength(uint256 length);

    /// @dev A set must state terms for at least one component, and a component cannot itself be a set.
    error LicenseRegistryInvalidSet(TermsId weights, TermsId code, TermsId outputs);

    /// @dev `tier` of `model` is already offered.
    error LicenseRegistryAlreadyOffered(ModelId model, TierId tier);

    /// @dev `model` does not have this tier.
    error LicenseRegistryUnknownTier(ModelId model, TierId tier);

    /// @dev `tier` of `model` has been withdrawn.
    error LicenseRegistryTierWithdrawn(ModelId model, TierId tier);

    /// @dev `passThrough` has rights that the terms (`rights`) do not grant.
    error LicenseRegistryExcessPassThrough(uint32 passThrough, uint32 rights);

    /// @dev `tier` of `model` is still offered. Withdraw it first.
    error LicenseRegistryTierOffered(ModelId model, TierId tier);

    /// @dev `tier` of `model` has been released: it does not have a place any more.
    error LicenseRegistryTierReleased(ModelId model, TierId tier);

    /// @dev All 16 places of `model` are taken, by tiers that are offered or withdrawn. Withdraw and release one.
    error LicenseRegistryTooManyTiers(ModelId model);

    /// @dev Emitted once per terms template. Carries all of it, so that `terms` can be recomputed.
    event TermsPublished(TermsId indexed terms, address indexed account, Terms content);

    /// @dev Emitted once per set of terms.
    event TermsSetPublished(
        TermsId indexed terms,
        address indexed account,
        TermsId weights,
        TermsId code,
        TermsId outputs
    );

    /// @dev Emitted once per tier. Carries all of it, so that `tier` can be recomputed.
    event TierOffered(
        TierId indexed tier,
        ModelId indexed model,
        address indexed publisher,
        TermsId terms,
        uint32 passThrough,
        bool open,
        bool subCredentials,
        uint40 maxDuration,
        uint64 callQuota,
        uint64 tokenQuota,
        string name,
        string uri
    );

    /// @dev Emitted when a tier is no longer offered.
    event TierWithdrawn(TierId indexed tier, ModelId indexed model, address indexed account);

    /// @dev Emitted when a withdrawn tier loses its place. Evaluations no longer read its credentials.
    event TierReleased(TierId indexed tier, ModelId indexed model, address indexed account);

    /// @dev Publishes terms and returns their id; anybody may.
    ///
    /// Requirements: the terms are new; a name of 1 to 64 bytes; a URI of at most 2,048 bytes; only defined rights, flags,
    /// families, duties and metrics; at most 8 thresholds, each of which withdraws or adds something, and names the uses
    /// that raise what it adds. Emits {TermsPublished}.
    function publishTerms(Terms calldata terms) external returns (TermsId id);

    /// @dev Publishes a set of terms by component and returns its id, which is valid wherever a terms id is. Of terms for
    /// weights and for outputs, the set has the duties and restrictions of both, grants automatically only if both do, and
    /// has the family and the outbound families of the weights' terms. Whether students and outputs derive is for the
    /// outputs' terms to say, if there are any.
    ///
    /// Requirements: the set is new; at least one component; each component is zero or a published template; at most 8
    /// thresholds in total. Emits {TermsSetPublished}.
    function publishTermsSet(TermsSet calldata set) external returns (TermsId id);

    /// @dev Offers a tier and returns its id.
    ///
    /// Requirements: the caller may act for the model's publisher in the scope `grant` (see {Scopes}); the tier is new; `terms`
    /// are published; `passThrough` is within their rights; a name of 1 to 64 bytes; a URI of at most 2,048 bytes; one of the
    /// model's 16 places is free. Emits {TierOffered}.
    function offerTier(Tier calldata tier) external returns (TierId id);

    /// @dev Ends an offer. Requirements: the caller may act for the model's publisher in the scope `grant` (see {Scopes});
    /// the tier is offered. Emits {TierWithdrawn}.
    function withdrawTier(ModelId model, TierId tier) external;

    /// @dev Frees the place of a withdrawn tier for another. An evaluation reads the credentials of the tiers that have a
    /// place, so those of the released one count no more in it, whereas they themselves and the tier stay as they are and
    /// readable. Release a tier when its credentials have ended, or when a stolen key offered it.
    ///
    /// Requirements: the caller is the publisher's controller; the tier is withdrawn, else {LicenseRegistryTierOffered}; it
    /// has its place, else {LicenseRegistryTierReleased}. Emits {TierReleased}.
    function releaseTier(ModelId model, TierId tier) external;

    /// @dev The part of terms that an evaluation reads. Zero terms state nothing. Reverts with
    /// {LicenseRegistryUnknownTerms}.
    function termsBodyOf(TermsId terms) external view returns (TermsBody memory);

    /// @dev Whether terms are published.
    function isPublished(TermsId terms) external view returns (bool);

    /// @dev A tier of a model. Reverts with {LicenseRegistryUnknownTier}.
    function tierOf(ModelId model, TierId tier) external view returns (TierRecord memory);

    /// @dev What is needed to issue a credential of a tier, including the model's publisher. Reverts with
    /// {LicenseRegistryUnknownTier} or {LicenseRegistryTierWithdrawn}.
    function offeredTier(
        ModelId model,
        TierId tier
    ) external view returns (address publisher, bool open, bool subCredentials, uint40 maxDuration);

    /// @dev The longest validity of a credential, in seconds; zero for no limit. Used for renewals, so the tier must
    /// still be offered. Reverts as {offeredTier}.
    function maxDurationOf(ModelId model, TierId tier) external view returns (uint40);

    /// @dev The ids of the tiers that have a place, oldest first; at most 16. They are offered or withdrawn, and not released.
    function tiersOf(ModelId model) external view returns (TierId[] memory);
}
