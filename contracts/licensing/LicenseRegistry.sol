// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {WritePause} from "../governance/WritePause.sol";
import {PublisherAuthority} from "../registry/PublisherAuthority.sol";
import {ModelId, TermsId, TierId} from "../types/Ids.sol";
import {Scopes} from "../types/Scopes.sol";
import {
    LAST_METRIC,
    MAX_THRESHOLDS,
    Obligations,
    Rights,
    Terms,
    TermsBody,
    TermsHash,
    TermsSet,
    Threshold,
    Tier
} from "../types/Terms.sol";
import {ILicenseRegistry} from "./ILicenseRegistry.sol";
import {TermsNumbers} from "./TermsNumbers.sol";

/// @dev Implements {ILicenseRegistry} as a part of the {Ledger}.
abstract contract LicenseRegistry is ILicenseRegistry, PublisherAuthority, TermsNumbers, WritePause {
    using TermsHash for Terms;
    using TermsHash for TermsSet;
    using TermsHash for Tier;

    struct TermsRecord {
        uint32 number; // bytes 0-3: from 1; zero means not published
        uint32 rights; // bytes 4-7
        uint32 unstated; // bytes 8-11
        uint32 obligations; // bytes 12-15
        uint8 thresholds; // byte 16: how many
        bool isSet; // byte 17
    }

    struct PackedTier {
        uint32 terms; // bytes 0-3: number of the terms; zero means not offered
        uint32 passThrough; // bytes 4-7
        uint40 maxDuration; // bytes 8-12
        bool open; // byte 13
        bool withdrawn; // byte 14
        uint64 callQuota; // bytes 15-22
        uint64 tokenQuota; // bytes 23-30
    }

    uint256 private constant MAX_NAME_BYTES = 64;
    uint256 private constant MAX_URI_BYTES = 2048;
    uint256 private constant MAX_TIERS = 16;

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
        _requireDefined(terms.rights, terms.obligations);
        uint256 count = terms.thresholds.length;
        _requireFew(count);
        for (uint256 i = 0; i < count; ++i) {
            Threshold calldata threshold = terms.thresholds[i];
            _requireDefined(threshold.withdraws, threshold.adds);
            if (threshold.metric == 0 || threshold.metric > LAST_METRIC) {
                revert LicenseRegistryUndefinedMetric(threshold.metric);
            }
            if (threshold.withdraws | threshold.adds == 0) revert LicenseRegistryIdleThreshold(i);
        }

        id = terms.id();
        _publish(id, terms.rights, 0, terms.obligations, count, false);
        for (uint256 i = 0; i < count; ++i) {
            _thresholds[id][i] = terms.thresholds[i];
        }
        emit TermsPublished(
            id,
            msg.sender,
            terms.name,
            terms.uri,
            terms.text,
            terms.rights,
            terms.obligations,
            terms.thresholds
        );
    }

    /// @inheritdoc ILicenseRegistry
    function publishTermsSet(TermsSet calldata set) external whenNotPaused returns (TermsId id) {
        TermsId none = TermsId.wrap(0);
        bool empty = set.weights == none && set.code == none && set.outputs == none;
        if (empty || _terms[set.weights].isSet || _terms[set.code].isSet || _terms[set.outputs].isSet) {
            revert LicenseRegistryInvalidSet(set.weights, set.code, set.outputs);
        }
        _numberOf(set.code);

        id = set.id();
        TermsBody memory body = termsBodyOf(set.weights);
        if (set.outputs != none) {
            TermsBody memory outputs = termsBodyOf(set.outputs);
            body.rights = _splice(body.rights, outputs.rights);
            body.unstated = _splice(body.unstated, outputs.unstated);
            body.obligations |= outputs.obligations;
            uint256 kept = _narrow(body.thresholds, Rights.ALL & ~Rights.DISTILL);
            uint256 added = _narrow(outputs.thresholds, Rights.DISTILL);
            _requireFew(kept + added);
            for (uint256 i = 0; i < kept; ++i) _thresholds[id][i] = body.thresholds[i];
            for (uint256 i = 0; i < added; ++i) _thresholds[id][kept + i] = outputs.thresholds[i];
            _publish(id, body.rights, body.unstated, body.obligations, kept + added, true);
        } else {
            uint256 count = body.thresholds.length;
            for (uint256 i = 0; i < count; ++i) _thresholds[id][i] = body.thresholds[i];
            _publish(id, body.rights, body.unstated, body.obligations, count, true);
        }
        emit TermsSetPublished(id, msg.sender, set.weights, set.code, set.outputs);
    }

    /// @inheritdoc ILicenseRegistry
    function offerTier(Tier calldata tier) external whenNotPaused returns (TierId id) {
        address publisher = _publisherOf(tier.model);
        _requireAuthorized(publisher, msg.sender, Scopes.GRANT);
        _requireTexts(tier.name, tier.uri);
        uint256 number = _numberOf(tier.terms);
        if (number == 0) revert LicenseRegistryUnknownTerms(tier.terms);
        uint32 rights = _terms[tier.terms].rights;
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
            tokenQuota: tier.tokenQuota
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
                withdrawn: stored.withdrawn
            });
    }

    /// @inheritdoc ILicenseRegistry
    function offeredTier(
        ModelId model,
        TierId tier
    ) external view returns (address publisher, bool open, uint40 maxDuration) {
        PackedTier storage stored = _offered(model, tier);
        return (_publisherOf(model), stored.open, stored.maxDuration);
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
            body.unstated = Rights.ALL;
            return body;
        }
        TermsRecord memory stored = _terms[terms];
        if (stored.number == 0) revert LicenseRegistryUnknownTerms(terms);
        body.rights = stored.rights;
        body.unstated = stored.unstated;
        body.obligations = stored.obligations;
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

    function _publish(
        TermsId id,
        uint32 rights,
        uint32 unstated,
        uint32 obligations,
        uint256 thresholds,
        bool isSet
    ) private {
        if (_terms[id].number != 0) revert LicenseRegistryAlreadyPublished(id);
        uint32 number = ++_count;
        _terms[id] = TermsRecord({
            number: number,
            rights: rights,
            unstated: unstated,
            obligations: obligations,
            thresholds: uint8(thresholds),
            isSet: isSet
        });
        _numbered[number] = id;
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

    /// @dev The rights of the weights' terms, with `distill` taken from the outputs' terms.
    function _splice(uint32 weights, uint32 outputs) private pure returns (uint32) {
        return (weights & ~Rights.DISTILL) | (outputs & Rights.DISTILL);
    }

    /// @dev Narrows thresholds to `rights` in place, moves those that still have an effect to the front, and counts them.
    function _narrow(Threshold[] memory thresholds, uint32 rights) private pure returns (uint256 kept) {
        for (uint256 i = 0; i < thresholds.length; ++i) {
            Threshold memory threshold = thresholds[i];
            threshold.withdraws &= rights;
            if (threshold.withdraws | threshold.adds != 0) thresholds[kept++] = threshold;
        }
    }

    function _requireDefined(uint32 rights, uint32 obligations) private pure {
        if (rights & ~Rights.ALL != 0) revert LicenseRegistryUndefinedRights(rights);
        if (obligations & ~Obligations.ALL != 0) revert LicenseRegistryUndefinedObligations(obligations);
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
