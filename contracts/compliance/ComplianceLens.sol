// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EvidenceGrade, ILineageClaims} from "../claims/ILineageClaims.sol";
import {CredentialState, ILicenseCredential} from "../licensing/ILicenseCredential.sol";
import {ILicenseRegistry} from "../licensing/ILicenseRegistry.sol";
import {IModelRegistry} from "../registry/IModelRegistry.sol";
import {ModelId, TermsId, TierId} from "../types/Ids.sol";
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
        CallBuffer buffer;
    }

    IModelRegistry private immutable _MODELS;
    ILicenseRegistry private immutable _LICENSES;
    ILicenseCredential private immutable _CREDENTIALS;
    ILineageClaims private immutable _CLAIMS;

    /// @dev `models` and `licenses` are the registries, usually one {Ledger}.
    constructor(
        IModelRegistry models,
        ILicenseRegistry licenses,
        ILicenseCredential credentials,
        ILineageClaims claims
    ) {
        _MODELS = models;
        _LICENSES = licenses;
        _CREDENTIALS = credentials;
        _CLAIMS = claims;
    }

    /// @inheritdoc IComplianceLens
    function lineage(ModelId model, address licensee) external view returns (Lineage memory) {
        return _lineage(model, licensee);
    }

    /// @inheritdoc IComplianceLens
    function evaluate(Query calldata query) external view returns (Evaluation memory) {
        bytes memory answer = LicenseAlgebra.evaluate(_lineage(query.model, query.licensee), query);
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

    function _lineage(ModelId model, address licensee) private view returns (Lineage memory result) {
        Walk memory walk = _walk(model);
        if (walk.tiered) _readCredentials(walk, licensee);
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
        buffer.read(address(_MODELS), IModelRegistry.lineageOf.selector, ModelId.unwrap(model));
        ModelRecord record = ModelRecord.wrap(uint256(buffer.word(0)));
        if (!record.exists()) revert ComplianceLensUnknownModel(model);
        if (record.hasTiers()) walk.tiered = true;
        result.model = model;
        result.record = record;
        (result.terms, ) = walk.terms.numberOf(buffer.word(1));
        result.verifiedFrom = uint40(uint256(buffer.word(3)));
        result.verifiedUntil = uint40(uint256(buffer.word(4)));
        uint256 declared = uint256(buffer.word(5));
        LineageEdge[] memory edges = new LineageEdge[](declared);
        for (uint256 i = 0; i < declared; ++i) {
            (uint256 parent, ) = walk.ids.numberOf(buffer.word(6 + i));
            edges[i] = declaredEdge(parent, record.relation(i));
        }

        // The answer: offset, count, and five words for each attested parent.
        buffer.read(address(_CLAIMS), ILineageClaims.attestedParentsOf.selector, ModelId.unwrap(model));
        uint256 attested = uint256(buffer.word(1));
        if (attested != 0) {
            edges = _extended(edges, attested);
            for (uint256 i = 0; i < attested; ++i) {
                uint256 first = 2 + 5 * i;
                (uint256 parent, ) = walk.ids.numberOf(buffer.word(first));
                edges[declared + i] = attestedEdge(
                    parent,
                    Relation(uint256(buffer.word(first + 1))),
                    EvidenceGrade(uint256(buffer.word(first + 2))),
                    buffer.word(first + 3) != 0
                );
            }
        }
        result.parents = edges;
    }

    /// @dev Reads the licensee's credentials for each model, and each publisher's credentials for its models' parents. First
    /// collects the pairs of model and holder, so that each list is allocated once.
    function _readCredentials(Walk memory walk, address licensee) private view {
        LineageModel[] memory models = walk.models;
        IdMap.Map memory pairs = IdMap.create();
        uint256[] memory holders = new uint256[](models.length); // how many, by model
        for (uint256 i = 0; i < models.length; ++i) {
            LineageModel memory child = models[i];
            _addPair(pairs, holders, models, i, licensee);
            LineageEdge[] memory parents = child.parents;
            for (uint256 j = 0; j < parents.length; ++j) {
                _addPair(pairs, holders, models, parents[j].parentOf(), child.record.publisher());
            }
        }
        for (uint256 i = 0; i < pairs.count; ++i) {
            uint256 pair = uint256(pairs.ids[i]);
            uint256 index = pair >> 160;
            _addCredentials(walk, models[index], address(uint160(pair)), holders[index]);
            holders[index] = 0; // the list is allocated
        }
    }

    /// @dev Adds a model and a holder of credentials for it. Skips pairs already added, models without tiers, and holders that
    /// are the zero address or the model's publisher.
    function _addPair(
        IdMap.Map memory pairs,
        uint256[] memory holders,
        LineageModel[] memory models,
        uint256 index,
        address holder
    ) private pure {
        ModelRecord record = models[index].record;
        if (!record.hasTiers() || holder == address(0) || holder == record.publisher()) return;
        (, bool isNew) = pairs.numberOf(bytes32((index << 160) | uint160(holder)));
        if (isNew) ++holders[index];
    }

    /// @dev The tiers of a model.
    function _tiersOf(ModelId model, CallBuffer buffer) private view returns (TierId[] memory tiers) {
        // The answer: offset, count, the tiers.
        buffer.read(address(_LICENSES), ILicenseRegistry.tiersOf.selector, ModelId.unwrap(model));
        uint256 count = uint256(buffer.word(1));
        tiers = new TierId[](count);
        for (uint256 i = 0; i < count; ++i) tiers[i] = TierId.wrap(buffer.word(2 + i));
    }

    /// @dev Returns the edges with room for `count` more.
    function _extended(LineageEdge[] memory edges, uint256 count) private pure returns (LineageEdge[] memory result) {
        result = new LineageEdge[](edges.length + count);
        for (uint256 i = 0; i < edges.length; ++i) result[i] = edges[i];
    }

    /// @dev Adds the credentials of `holder` for a model. The first of the model's `holders` allocates the list for all of
    /// them; for the others, `holders` is zero.
    function _addCredentials(
        Walk memory walk,
        LineageModel memory model,
        address holder,
        uint256 holders
    ) private view {
        TierId[] memory tiers = _tiersOf(model.model, walk.buffer);
        if (holders != 0) model.credentials = _emptyList(holders * tiers.length);
        HeldCredential[] memory held = model.credentials;
        uint256 count = held.length;
        for (uint256 i = 0; i < tiers.length; ++i) {
            HeldCredential memory credential = _heldOf(walk, model.model, tiers[i], holder);
            if (credential.credential.state == CredentialState.None) continue;
            // The list has room for each tier of each holder.
            assembly ("memory-safe") {
                mstore(held, add(count, 1))
            }
            held[count++] = credential;
        }
    }

    /// @dev Reads the credential of a holder for a tier, and numbers its terms. Split off because of the many values.
    function _heldOf(
        Walk memory walk,
        ModelId model,
        TierId tier,
        address holder
    ) private view returns (HeldCredential memory held) {
        held.credential = _CREDENTIALS.credentialOf(_CREDENTIALS.hashCredential(model, tier, holder));
        if (held.credential.state == CredentialState.None) return held;
        ILicenseRegistry.TierRecord memory record = _LICENSES.tierOf(model, tier);
        held.tier = tier;
        held.holder = holder;
        (held.terms, ) = walk.terms.numberOf(TermsId.unwrap(record.terms));
        held.passThrough = record.passThrough;
    }

    /// @dev An empty list with room for `capacity` credentials.
    function _emptyList(uint256 capacity) private pure returns (HeldCredential[] memory list) {
        // Elements are pointers, and none is read before it is set. `new` would allocate an empty credential for each.
        assembly ("memory-safe") {
            list := mload(0x40)
            mstore(0x40, add(list, shl(5, add(capacity, 1))))
            mstore(list, 0)
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
