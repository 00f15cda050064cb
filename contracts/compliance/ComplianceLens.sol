// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EvidenceGrade, ILineageClaims} from "../claims/ILineageClaims.sol";
import {Credential, CredentialState, ILicenseCredential} from "../licensing/ILicenseCredential.sol";
import {ILicenseRegistry} from "../licensing/ILicenseRegistry.sol";
import {IModelRegistry} from "../registry/IModelRegistry.sol";
import {IRecalls} from "../registry/IRecalls.sol";
import {CredentialId, ModelId, TermsId, TierId, credentialIdOf} from "../types/Ids.sol";
import {ModelRecord} from "../types/ModelRecord.sol";
import {Relation} from "../types/Registration.sol";
import {CallBuffer, createCallBuffer} from "./CallBuffer.sol";
import {
    Evaluation,
    HeldCredential,
    IComplianceLens,
    Lineage,
    LineageModel,
    LineageTerms,
    Query
} from "./IComplianceLens.sol";
import {IdMap} from "./IdMap.sol";
import {holderKey} from "./algebra/State.sol";
import {LicenseAlgebra} from "./LicenseAlgebra.sol";
import {attestedEdge, declaredEdge, LineageEdge} from "./LineageEdge.sol";

/// @dev Implements {IComplianceLens}: gathers a lineage from the registries and hands it to {LicenseAlgebra}.
contract ComplianceLens is IComplianceLens {
    using IdMap for IdMap.Map;

    /// @dev The state of a walk from a model to its ancestors.
    struct Walk {
        IdMap.Map ids; // of models
        LineageModel[] models; // by number
        IdMap.Map terms;
        bool tiered; // some model has tiers
        IdMap.Map holders; // of credentials for models; see {LicenseAlgebra-holderKey}
        CallBuffer buffer;
        CallBuffer late; // holds the attested parents while `buffer` holds the declared ones
    }

    /// @dev A tier of a model while its credentials are read.
    struct HeldTier {
        TierId tier;
        bool isRead; // the other members are set
        uint256 terms; // number
        uint32 passThrough; // rights
    }

    IModelRegistry private immutable _MODELS;
    ILicenseRegistry private immutable _LICENSES;
    ILicenseCredential private immutable _CREDENTIALS;
    ILineageClaims private immutable _CLAIMS;
    IRecalls private immutable _RECALLS;

    /// @dev `models` and `licenses` are the registries, usually one {Ledger}. `recalls` holds the bindings of external parents.
    constructor(
        IModelRegistry models,
        ILicenseRegistry licenses,
        ILicenseCredential credentials,
        ILineageClaims claims,
        IRecalls recalls
    ) {
        _MODELS = models;
        _LICENSES = licenses;
        _CREDENTIALS = credentials;
        _CLAIMS = claims;
        _RECALLS = recalls;
    }

    /// @inheritdoc IComplianceLens
    function lineage(ModelId model, address licensee) external view returns (Lineage memory) {
        return _lineage(_gather(model, licensee));
    }

    /// @inheritdoc IComplianceLens
    function evaluate(Query calldata query) external view returns (Evaluation memory) {
        Walk memory walk = _gather(query.model, query.licensee);
        bytes memory answer = LicenseAlgebra.evaluate(_lineage(walk), walk.holders, query);
        // The answer is already encoded: see {EvaluationWriter}.
        assembly ("memory-safe") {
            return(add(answer, 0x20), mload(answer))
        }
    }

    /// @inheritdoc IComplianceLens
    function ancestry(ModelId model) external view returns (ModelId[] memory result) {
        Walk memory walk = _walk(model);
        result = new ModelId[](walk.models.length);
        for (uint256 i = 0; i < result.length; ++i) result[i] = walk.models[i].model;
    }

    /// @dev Walks from a model to all its ancestors, and reads the credentials that count for `licensee`.
    function _gather(ModelId model, address licensee) private view returns (Walk memory walk) {
        walk = _walk(model);
        if (walk.tiered) _readCredentials(walk, licensee);
    }

    function _lineage(Walk memory walk) private view returns (Lineage memory result) {
        result.chainId = block.chainid;
        result.blockNumber = block.number;
        result.timestamp = block.timestamp;
        result.models = walk.models;
        result.terms = new LineageTerms[](walk.terms.count);
        for (uint256 i = 0; i < result.terms.length; ++i) {
            TermsId id = TermsId.wrap(walk.terms.ids[i]);
            result.terms[i] = LineageTerms({terms: id, body: _LICENSES.termsBodyOf(id)});
        }
    }

    /// @dev Walks from a model to all its ancestors, nearest first.
    function _walk(ModelId model) private view returns (Walk memory walk) {
        walk.buffer = createCallBuffer();
        walk.late = createCallBuffer();
        walk.ids = IdMap.create();
        walk.terms = IdMap.create();
        walk.ids.numberOf(ModelId.unwrap(model));
        LineageModel[] memory models;
        uint256 walked = 0;
        for (; walked < walk.ids.count; ++walked) {
            if (walked == models.length) models = _grown(models);
            models[walked] = _read(walk, ModelId.wrap(walk.ids.ids[walked]));
        }
        // The array was allocated for at least `walked` members, so this can only shorten it.
        assembly ("memory-safe") {
            mstore(models, walked)
        }
        walk.models = models;
    }

    /// @dev Reads a model, and numbers its parents and its terms.
    function _read(Walk memory walk, ModelId model) private view returns (LineageModel memory result) {
        CallBuffer buffer = walk.buffer;
        // The answer: record, terms, offset of the parents, verification from and until, count of the parents, the parents.
        buffer.read(address(_MODELS), IModelRegistry.recordWithParentsOf.selector, ModelId.unwrap(model));
        ModelRecord record = ModelRecord.wrap(uint256(buffer.word(0)));
        bool exists = record.exists();
        // Only an external parent can be without a record, and nobody can ask about one.
        if (!exists && ModelId.unwrap(model) == walk.ids.ids[0]) revert ComplianceLensUnknownModel(model);
        if (record.hasTiers()) walk.tiered = true;
        result.model = model;
        result.record = record;
        (result.terms, ) = walk.terms.numberOf(buffer.word(1));
        if (!exists) {
            result.parents = _readBindings(walk, model);
            return result;
        }
        result.verifiedFrom = uint40(uint256(buffer.word(3)));
        result.verifiedUntil = uint40(uint256(buffer.word(4)));
        result.parents = _readParents(walk, model, record);
    }

    /// @dev Reads the parents of a registered model, whose lineage is in the buffer.
    function _readParents(
        Walk memory walk,
        ModelId model,
        ModelRecord record
    ) private view returns (LineageEdge[] memory edges) {
        CallBuffer buffer = walk.buffer;
        CallBuffer late = walk.late;
        // The answer: offset, count, and five words for each attested parent.
        late.read(address(_CLAIMS), ILineageClaims.attestedParentsOf.selector, ModelId.unwrap(model));
        uint256 declared = uint256(buffer.word(5));
        uint256 attested = uint256(late.word(1));
        uint256 replaced = _hasRuling(late, attested) ? _CLAIMS.replacedParentsOf(model) : 0;
        edges = new LineageEdge[](declared + attested);
        uint256 count = 0;
        for (uint256 i = 0; i < declared; ++i) {
            bytes32 id = buffer.word(6 + i);
            if ((replaced >> i) & 1 != 0 && _isOpen(ModelId.wrap(id))) continue;
            (uint256 parent, ) = walk.ids.numberOf(id);
            edges[count++] = declaredEdge(parent, record.relation(i));
        }
        for (uint256 i = 0; i < attested; ++i) {
            uint256 first = 2 + 5 * i;
            (uint256 parent, ) = walk.ids.numberOf(late.word(first));
            edges[count++] = attestedEdge(
                parent,
                Relation(uint256(late.word(first + 1))),
                EvidenceGrade(uint256(late.word(first + 2))),
                late.word(first + 3) != 0
            );
        }
        // There was room for all, so this can only shorten the list.
        assembly ("memory-safe") {
            mstore(edges, count)
        }
    }

    /// @dev Whether an attested parent of the last answer came of a ruling. Only then can a ruling have replaced a parent.
    function _hasRuling(CallBuffer late, uint256 attested) private pure returns (bool) {
        for (uint256 i = 0; i < attested; ++i) {
            if (uint256(late.word(4 + 5 * i)) == uint256(EvidenceGrade.Adjudicated)) return true;
        }
        return false;
    }

    /// @dev Whether nothing says what an external parent is: it is neither registered nor bound.
    function _isOpen(ModelId model) private view returns (bool) {
        (ModelRecord record, ) = _MODELS.edgesOf(model);
        return !record.exists() && _RECALLS.bindingsOf(model).length == 0;
    }

    /// @dev Reads what an external parent is bound to, and numbers that.
    function _readBindings(Walk memory walk, ModelId model) private view returns (LineageEdge[] memory edges) {
        CallBuffer buffer = walk.buffer;
        // The answer: offset, count, the models.
        buffer.read(address(_RECALLS), IRecalls.bindingsOf.selector, ModelId.unwrap(model));
        edges = new LineageEdge[](uint256(buffer.word(1)));
        for (uint256 i = 0; i < edges.length; ++i) {
            (uint256 parent, ) = walk.ids.numberOf(buffer.word(2 + i));
            edges[i] = attestedEdge(parent, Relation.Copy, EvidenceGrade.Bound, false);
        }
    }

    /// @dev Reads the licensee's credentials for each model, and each publisher's credentials for its models' parents. First
    /// collects the pairs of model and holder, then reads them model by model, so that the tiers of a model are read once and
    /// its list is allocated once.
    function _readCredentials(Walk memory walk, address licensee) private view {
        LineageModel[] memory models = walk.models;
        IdMap.Map memory holders = IdMap.create();
        walk.holders = holders;
        for (uint256 i = 0; i < models.length; ++i) {
            LineageModel memory child = models[i];
            _addHolder(holders, models, i, licensee);
            LineageEdge[] memory parents = child.parents;
            for (uint256 j = 0; j < parents.length; ++j) {
                _addHolder(holders, models, parents[j].parentOf(), child.record.publisher());
            }
        }
        // A chain of pairs for each model: the number of the first, and for each pair the number of the next, all plus 1.
        uint256[] memory firsts = new uint256[](models.length);
        uint256[] memory nexts = new uint256[](holders.count);
        for (uint256 i = holders.count; i > 0; --i) {
            uint256 index = uint256(holders.ids[i - 1]) >> 160;
            nexts[i - 1] = firsts[index];
            firsts[index] = i;
        }
        for (uint256 i = 0; i < models.length; ++i) {
            if (firsts[i] != 0) _readHeld(walk, models[i], firsts[i], nexts);
        }
    }

    /// @dev Adds a model and a holder of credentials for it. Skips models without tiers, and holders that are the zero address
    /// or the model's publisher.
    function _addHolder(
        IdMap.Map memory holders,
        LineageModel[] memory models,
        uint256 index,
        address holder
    ) private pure {
        ModelRecord record = models[index].record;
        if (!record.hasTiers() || holder == address(0) || holder == record.publisher()) return;
        holders.numberOf(holderKey(index, holder));
    }

    /// @dev Reads the credentials for a model of the holders in a chain.
    function _readHeld(
        Walk memory walk,
        LineageModel memory model,
        uint256 first,
        uint256[] memory nexts
    ) private view {
        HeldTier[] memory tiers = _tiersOf(model.model, walk.buffer);
        uint256 holders = 0;
        for (uint256 i = first; i != 0; i = nexts[i - 1]) ++holders;
        HeldCredential[] memory held = _unsetList(holders * tiers.length);
        uint256 count = 0;
        for (uint256 i = first; i != 0; i = nexts[i - 1]) {
            address holder = address(uint160(uint256(walk.holders.ids[i - 1])));
            for (uint256 j = 0; j < tiers.length; ++j)
                count = _addHeld(walk, model.model, tiers[j], holder, held, count);
        }
        // The list has room for each tier of each holder.
        assembly ("memory-safe") {
            mstore(held, count)
        }
        model.credentials = held;
    }

    /// @dev The tiers of a model. Their terms are read when somebody is found to hold them.
    function _tiersOf(ModelId model, CallBuffer buffer) private view returns (HeldTier[] memory tiers) {
        // The answer: offset, count, the tiers.
        buffer.read(address(_LICENSES), ILicenseRegistry.tiersOf.selector, ModelId.unwrap(model));
        uint256 count = uint256(buffer.word(1));
        tiers = new HeldTier[](count);
        for (uint256 i = 0; i < count; ++i) tiers[i].tier = TierId.wrap(buffer.word(2 + i));
    }

    /// @dev Adds the credential of a holder for a tier to the list at `count`, if there is one. Returns the new count.
    function _addHeld(
        Walk memory walk,
        ModelId model,
        HeldTier memory tier,
        address holder,
        HeldCredential[] memory list,
        uint256 count
    ) private view returns (uint256) {
        CallBuffer buffer = walk.buffer;
        // The answer: publisher, start and end of the validity, start and end of the gap, state, lifted rights.
        buffer.read(
            address(_CREDENTIALS),
            ILicenseCredential.credentialOf.selector,
            bytes32(CredentialId.unwrap(credentialIdOf(model, tier.tier, holder)))
        );
        // The end is zero if it was never issued, also where its offer was canceled.
        if (uint256(buffer.word(2)) == 0) return count;
        if (!tier.isRead) _readTier(walk, model, tier);
        list[count] = HeldCredential({
            tier: tier.tier,
            holder: holder,
            terms: tier.terms,
            passThrough: tier.passThrough,
            credential: Credential({
                publisher: address(uint160(uint256(buffer.word(0)))),
                validFrom: uint40(uint256(buffer.word(1))),
                validUntil: uint40(uint256(buffer.word(2))),
                gapFrom: uint40(uint256(buffer.word(3))),
                gapUntil: uint40(uint256(buffer.word(4))),
                state: CredentialState(uint256(buffer.word(5))),
                lifts: uint16(uint256(buffer.word(6)))
            })
        });
        return count + 1;
    }

    function _readTier(Walk memory walk, ModelId model, HeldTier memory tier) private view {
        ILicenseRegistry.TierRecord memory record = _LICENSES.tierOf(model, tier.tier);
        (tier.terms, ) = walk.terms.numberOf(TermsId.unwrap(record.terms));
        tier.passThrough = record.passThrough;
        tier.isRead = true;
    }

    /// @dev A list of `length` credentials, none of which is set.
    function _unsetList(uint256 length) private pure returns (HeldCredential[] memory list) {
        // Elements are pointers, and none is read before it is set. `new` would allocate an empty credential for each.
        assembly ("memory-safe") {
            list := mload(0x40)
            mstore(0x40, add(list, shl(5, add(length, 1))))
            mstore(list, length)
        }
    }

    /// @dev Returns the models with room for more.
    function _grown(LineageModel[] memory models) private pure returns (LineageModel[] memory result) {
        uint256 length = models.length == 0 ? 32 : 2 * models.length;
        // Elements are pointers, and none is read before it is set. `new` would allocate an empty model for each.
        assembly ("memory-safe") {
            result := mload(0x40)
            mstore(0x40, add(result, shl(5, add(length, 1))))
            mstore(result, length)
            mcopy(add(result, 0x20), add(models, 0x20), shl(5, mload(models)))
        }
    }
}
