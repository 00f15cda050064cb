// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {WritePause} from "../governance/WritePause.sol";
import {PublisherAuthority} from "../registry/PublisherAuthority.sol";
import {ModelId, TermsId, TierId} from "../types/Ids.sol";
import {Scopes} from "../types/Scopes.sol";
import {Duties, MAX_THRESHOLDS, Terms, TermsBody, TermsHash, TermsSet, Threshold, Tier} from "../types/Terms.sol";
import {Families, LAST_METRIC, Obligations, Rights, TermsFlags, ThresholdFlags} from "../types/Vocabulary.sol";
import {ILicenseRegistry} from "./ILicenseRegistry.sol";
import {TermsNumbers} from "./TermsNumbers.sol";

/// @dev Implements {ILicenseRegistry} as a part of the {Ledger}.
abstract contract LicenseRegistry is ILicenseRegistry, PublisherAuthority, TermsNumbers, WritePause {
    using TermsHash for Terms;
    using TermsHash for TermsSet;
    using TermsHash for Tier;

    struct TermsRecord {
        uint32 number; // bytes 0-3: from 1; zero means not published
        uint16 rights; // bytes 4-5
        uint16 unstated; // bytes 6-7
        uint8 thresholds; // byte 8: how many
        uint16 flags; // bytes 9-10
        uint8 family; // byte 11
        uint128 outbound; // bytes 12-27
        uint256 duties; // the second word
    }

    struct PackedTier {
        uint32 terms; // bytes 0-3: number of the terms; zero means not offered
        uint32 passThrough; // bytes 4-7
        uint40 maxDuration; // bytes 8-12
        bool open; // byte 13
        bool withdrawn; // byte 14
        uint64 callQuota; // bytes 15-22
        uint64 tokenQuota; // bytes 23-30
        bool subCredentials; // byte 31
    }

    uint256 private constant MAX_NAME_BYTES = 64;
    uint256 private constant MAX_URI_BYTES = 2048;
    uint256 private constant MAX_TIERS = 16;
    /// @dev The flags that only a set of terms has.
    uint16 private constant SET_FLAGS = TermsFlags.SET | TermsFlags.STUDENTS_WITHOUT_COMMERCE;

    mapping(TermsId terms => TermsRecord) private _terms;
    mapping(TermsId terms => mapping(uint256 index => Threshold)) private _thresholds;
    mapping(uint256 number => TermsId) private _numbered;
    uint32 private _count;

    mapping(ModelId model => mapping(TierId tier => PackedTier)) private _tiers;
    // Those that have a place, oldest first; the first zero ends the list.
    mapping(ModelId model => TierId[MAX_TIERS]) private _tierIds;

    /// @inheritdoc ILicenseRegistry
    function publishTerms(Terms calldata terms) external whenNotPaused returns (TermsId id) {
        _requireTexts(terms.name, terms.uri);
        _requireRights(terms.rights);
        if (terms.flags & ~(TermsFlags.ALL ^ SET_FLAGS) != 0) revert LicenseRegistryUndefinedFlags(terms.flags);
        if (terms.family > Families.LAST) revert LicenseRegistryUndefinedFamily(terms.family);
        if (terms.outbound & ~Families.ALL != 0) revert LicenseRegistryUndefinedOutbound(terms.outbound);
        if (terms.duties & ~Duties.ALL != 0) revert LicenseRegistryUndefinedDuties(terms.duties);
        uint256 count = terms.thresholds.length;
        _requireFew(count);
        for (uint256 i = 0; i < count; ++i) _requireEffect(terms.thresholds[i], i);

        id = terms.id();
        _publish(
            id,
            TermsBody({
                rights: terms.rights,
                unstated: 0,
                flags: terms.flags,
                family: terms.family,
                outbound: terms.outbound,
                duties: terms.duties,
                thresholds: terms.thresholds
            }),
            count
        );
        emit TermsPublished(id, msg.sender, terms);
    }

    /// @inheritdoc ILicenseRegistry
    function publishTermsSet(TermsSet calldata set) external whenNotPaused returns (TermsId id) {
        TermsId none = TermsId.wrap(0);
        bool empty = set.weights == none && set.code == none && set.outputs == none;
        if (empty || _isSet(set.weights) || _isSet(set.code) || _isSet(set.outputs)) {
            revert LicenseRegistryInvalidSet(set.weights, set.code, set.outputs);
        }
        _numberOf(set.code);

        id = set.id();
        TermsBody memory body = termsBodyOf(set.weights);
        uint256 count = body.thresholds.length;
        if (set.outputs != none) count = _addOutputs(body, termsBodyOf(set.outputs));
        body.flags |= TermsFlags.SET;
        _publish(id, body, count);
        emit TermsSetPublished(id, msg.sender, set.weights, set.code, set.outputs);
    }

    /// @inheritdoc ILicenseRegistry
    function offerTier(Tier calldata tier) external whenNotPaused returns (TierId id) {
        address publisher = _publisherOf(tier.model);
        _requireAuthorized(publisher, msg.sender, Scopes.GRANT);
        _requireTexts(tier.name, tier.uri);
        uint256 number = _numberOf(tier.terms);
        if (number == 0) revert LicenseRegistryUnknownTerms(tier.terms);
        uint32 rights = _terms[tier.terms].rights; // as wide as the mask that it is compared with
        if (tier.passThrough & ~rights != 0) revert LicenseRegistryExcessPassThrough(tier.passThrough, rights);

        id = tier.id();
        if (_tiers[tier.model][id].terms != 0) revert LicenseRegistryAlreadyOffered(tier.model, id);
        TierId[MAX_TIERS] storage list = _tierIds[tier.model];
        uint256 count = _countTiers(list);
        if (count == MAX_TIERS) revert LicenseRegistryTooManyTiers(tier.model);
        if (count == 0) _noteTiers(tier.model);
        list[count] = id;
        _tiers[tier.model][id] = PackedTier({
            terms: uint32(number),
            passThrough: tier.passThrough,
            maxDuration: tier.maxDuration,
            open: tier.open,
            withdrawn: false,
            callQuota: tier.callQuota,
            tokenQuota: tier.tokenQuota,
            subCredentials: tier.subCredentials
        });
        _emitTierOffered(id, publisher, tier);
    }

    /// @inheritdoc ILicenseRegistry
    function withdrawTier(ModelId model, TierId tier) external {
        _requireAuthorized(_publisherOf(model), msg.sender, Scopes.GRANT);
        _offered(model, tier).withdrawn = true;
        emit TierWithdrawn(tier, model, msg.sender);
    }

    /// @inheritdoc ILicenseRegistry
    function releaseTier(ModelId model, TierId tier) external {
        _requireController(_publisherOf(model), msg.sender);
        PackedTier storage stored = _tiers[model][tier];
        if (stored.terms == 0) revert LicenseRegistryUnknownTier(model, tier);
        if (!stored.withdrawn) revert LicenseRegistryTierOffered(model, tier);
        TierId[MAX_TIERS] storage list = _tierIds[model];
        uint256 count = _countTiers(list);
        uint256 place = 0;
        while (place < count && !(list[place] == tier)) ++place;
        if (place == count) revert LicenseRegistryTierReleased(model, tier);
        // The others move up, so that the list stays in order.
        for (; place + 1 < count; ++place) list[place] = list[place + 1];
        list[place] = TierId.wrap(0);
        emit TierReleased(tier, model, msg.sender);
    }

    /// @inheritdoc ILicenseRegistry
    function isPublished(TermsId terms) external view returns (bool) {
        return _terms[terms].number != 0;
    }

    /// @inheritdoc ILicenseRegistry
    function tierOf(ModelId model, TierId tier) external view returns (TierRecord memory) {
        PackedTier memory stored = _tiers[model][tier];
        if (stored.terms == 0) revert LicenseRegistryUnknownTier(model, tier);
        return
            TierRecord({
                terms: _numbered[stored.terms],
                passThrough: stored.passThrough,
                maxDuration: stored.maxDuration,
                callQuota: stored.callQuota,
                tokenQuota: stored.tokenQuota,
                open: stored.open,
                subCredentials: stored.subCredentials,
                withdrawn: stored.withdrawn
            });
    }

    /// @inheritdoc ILicenseRegistry
    function offeredTier(
        ModelId model,
        TierId tier
    ) external view returns (address publisher, bool open, bool subCredentials, uint40 maxDuration) {
        PackedTier storage stored = _offered(model, tier);
        return (_publisherOf(model), stored.open, stored.subCredentials, stored.maxDuration);
    }

    /// @inheritdoc ILicenseRegistry
    function maxDurationOf(ModelId model, TierId tier) external view returns (uint40) {
        return _offered(model, tier).maxDuration;
    }

    /// @inheritdoc ILicenseRegistry
    function tiersOf(ModelId model) external view returns (TierId[] memory tiers) {
        TierId[MAX_TIERS] storage list = _tierIds[model];
        tiers = new TierId[](_countTiers(list));
        for (uint256 i = 0; i < tiers.length; ++i) tiers[i] = list[i];
    }

    /// @inheritdoc ILicenseRegistry
    function termsBodyOf(TermsId terms) public view returns (TermsBody memory body) {
        if (terms == TermsId.wrap(0)) {
            body.unstated = uint16(Rights.ALL);
            return body;
        }
        TermsRecord memory stored = _terms[terms];
        if (stored.number == 0) revert LicenseRegistryUnknownTerms(terms);
        body.rights = stored.rights;
        body.unstated = stored.unstated;
        body.flags = stored.flags;
        body.family = stored.family;
        body.outbound = stored.outbound;
        body.duties = stored.duties;
        body.thresholds = new Threshold[](stored.thresholds);
        for (uint256 i = 0; i < stored.thresholds; ++i) body.thresholds[i] = _thresholds[terms][i];
    }

    /// @dev The publisher of a model. Reverts when it is not registered.
    function _publisherOf(ModelId model) internal view virtual returns (address);

    /// @dev Called when a model gets its first tier.
    function _noteTiers(ModelId model) internal virtual;

    /// @inheritdoc TermsNumbers
    function _numberOf(TermsId terms) internal view override returns (uint256 number) {
        if (terms == TermsId.wrap(0)) return 0;
        number = _terms[terms].number;
        if (number == 0) revert LicenseRegistryUnknownTerms(terms);
    }

    /// @inheritdoc TermsNumbers
    function _termsAt(uint256 number) internal view override returns (TermsId) {
        return number == 0 ? TermsId.wrap(0) : _numbered[number];
    }

    /// @dev Publishes terms with the first `count` thresholds of their body.
    function _publish(TermsId id, TermsBody memory body, uint256 count) private {
        if (_terms[id].number != 0) revert LicenseRegistryAlreadyPublished(id);
        uint32 number = ++_count;
        _terms[id] = TermsRecord({
            number: number,
            rights: body.rights,
            unstated: body.unstated,
            thresholds: uint8(count),
            flags: body.flags,
            family: body.family,
            outbound: body.outbound,
            duties: body.duties
        });
        _numbered[number] = id;
        for (uint256 i = 0; i < count; ++i) _thresholds[id][i] = body.thresholds[i];
    }

    /// @dev Split off because its many values fill the stack. A compiler that does not move variables to memory, such as
    /// the one for the instrumented contracts, would run out of slots.
    function _emitTierOffered(TierId id, address publisher, Tier calldata tier) private {
        emit TierOffered(
            id,
            tier.model,
            publisher,
            tier.terms,
            tier.passThrough,
            tier.open,
            tier.subCredentials,
            tier.maxDuration,
            tier.callQuota,
            tier.tokenQuota,
            tier.name,
            tier.uri
        );
    }

    function _offered(ModelId model, TierId tier) private view returns (PackedTier storage stored) {
        stored = _tiers[model][tier];
        if (stored.terms == 0) revert LicenseRegistryUnknownTier(model, tier);
        if (stored.withdrawn) revert LicenseRegistryTierWithdrawn(model, tier);
    }

    function _countTiers(TierId[MAX_TIERS] storage list) private view returns (uint256 count) {
        while (count < MAX_TIERS && TierId.unwrap(list[count]) != 0) ++count;
    }

    function _isSet(TermsId terms) private view returns (bool) {
        return _terms[terms].flags & TermsFlags.SET != 0;
    }

    /// @dev Adds the terms of outputs to those of weights, in place. Counts the thresholds, which may be fewer than the body
    /// has room for.
    function _addOutputs(TermsBody memory body, TermsBody memory outputs) private pure returns (uint256 count) {
        body.rights = _splice(body.rights, outputs.rights);
        body.unstated = _splice(body.unstated, outputs.unstated);
        uint16 both = TermsFlags.AUTOMATIC_GRANT;
        uint16 either = TermsFlags.FORBIDS_FURTHER | TermsFlags.IMPOSES_FURTHER;
        uint16 ofOutputs = TermsFlags.STUDENTS_DERIVE | TermsFlags.OUTPUTS_DERIVE;
        bool inCommerce = (outputs.rights | outputs.unstated) & Rights.COMMERCIAL_MODIFY != 0;
        body.flags =
            (body.flags & outputs.flags & both) |
            ((body.flags | outputs.flags) & either) |
            (outputs.flags & ofOutputs) |
            (inCommerce ? 0 : TermsFlags.STUDENTS_WITHOUT_COMMERCE);
        body.duties |= outputs.duties;
        uint256 kept = _narrow(body.thresholds, ~uint16(Rights.DISTILL));
        uint256 added = _narrow(outputs.thresholds, uint16(Rights.DISTILL));
        count = kept + added;
        _requireFew(count);
        Threshold[] memory thresholds = new Threshold[](count);
        for (uint256 i = 0; i < kept; ++i) thresholds[i] = body.thresholds[i];
        for (uint256 i = 0; i < added; ++i) thresholds[kept + i] = outputs.thresholds[i];
        body.thresholds = thresholds;
    }

    /// @dev The rights of the weights' terms, with `distill` taken from the outputs' terms.
    function _splice(uint16 weights, uint16 outputs) private pure returns (uint16) {
        uint16 distill = uint16(Rights.DISTILL);
        return (weights & ~distill) | (outputs & distill);
    }

    /// @dev Narrows thresholds to `rights` in place, moves those that still have an effect to the front, and counts them.
    function _narrow(Threshold[] memory thresholds, uint16 rights) private pure returns (uint256 kept) {
        for (uint256 i = 0; i < thresholds.length; ++i) {
            Threshold memory threshold = thresholds[i];
            threshold.withdraws &= rights;
            if (threshold.withdraws | threshold.adds != 0) thresholds[kept++] = threshold;
        }
    }

    function _requireRights(uint16 rights) private pure {
        if (rights & ~Rights.ALL != 0) revert LicenseRegistryUndefinedRights(rights);
    }

    /// @dev Requires that a threshold states only what is defined, and changes something.
    function _requireEffect(Threshold calldata threshold, uint256 index) private pure {
        _requireRights(threshold.withdraws);
        _requireRights(threshold.uses);
        if (threshold.adds & ~Obligations.ALL != 0) revert LicenseRegistryUndefinedObligations(threshold.adds);
        if (threshold.flags & ~ThresholdFlags.ALL != 0) revert LicenseRegistryUndefinedFlags(threshold.flags);
        if (threshold.metric == 0 || threshold.metric > LAST_METRIC) {
            revert LicenseRegistryUndefinedMetric(threshold.metric);
        }
        if (threshold.withdraws | threshold.adds == 0) revert LicenseRegistryIdleThreshold(index);
        if ((threshold.adds == 0) != (threshold.uses == 0)) revert LicenseRegistryUnraisedObligations(index);
    }

    function _requireFew(uint256 thresholds) private pure {
        if (thresholds > MAX_THRESHOLDS) revert LicenseRegistryTooManyThresholds(thresholds);
    }

    function _requireTexts(string calldata name, string calldata uri) private pure {
        uint256 length = bytes(name).length;
        if (length == 0 || length > MAX_NAME_BYTES) revert LicenseRegistryTextLength(length);
        if (bytes(uri).length > MAX_URI_BYTES) revert LicenseRegistryTextLength(bytes(uri).length);
    }
}
