// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EvidenceGrade, ILineageClaims} from "../claims/ILineageClaims.sol";
import {Credential, CredentialState, ILicenseCredential} from "../licensing/ILicenseCredential.sol";
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

    IModelRegistry private immutable _MODELS;
    ILicenseRegistry private immutable _LICENSES;
    ILicenseCredential private immutable _CREDENTIALS;
    ILineageClaims private immutable _CLAIMS;

    /// @dev `models` and `licenses` are the registries, in practice one {Ledger}.
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
        return LicenseAlgebra.evaluate(_lineage(query.model, query.licensee), query);
    }

    /// @inheritdoc IComplianceLens
    function ancestry(ModelId model) external view returns (ModelId[] memory result) {
        (IdMap.Map memory ids, , ) = _walk(model, createCallBuffer());
        result = new ModelId[](ids.count);
        for (uint256 i = 0; i < result.length; ++i) result[i] = ModelId.wrap(ids.ids[i]);
    }

    function _lineage(ModelId model, address licensee) private view returns (Lineage memory result) {
        CallBuffer buffer = createCallBuffer();
        (, LineageModel[] memory models, IdMap.Map memory terms) = _walk(model, buffer);
        TierId[][] memory tiers = new TierId[][](models.length);
        for (uint256 i = 0; i < models.length; ++i) tiers[i] = _tiersOf(models[i].model, buffer);
        for (uint256 i = 0; i < models.length; ++i) {
            LineageModel memory child = models[i];
            if (tiers[i].length != 0) _addCredentials(child, tiers[i], licensee, terms);
            for (uint256 j = 0; j < child.parents.length; ++j) {
                uint256 parent = child.parents[j].parentOf();
                if (tiers[parent].length != 0) {
                    _addCredentials(models[parent], tiers[parent], child.record.publisher(), terms);
                }
            }
        }
        result.chainId = block.chainid;
        result.blockNumber = block.number;
        result.timestamp = block.timestamp;
        result.models = models;
        result.terms = new LineageTerms[](terms.count);
        for (uint256 i = 0; i < terms.count; ++i) {
            TermsId id = TermsId.wrap(terms.ids[i]);
            result.terms[i] = LineageTerms({terms: id, body: _LICENSES.termsBodyOf(id)});
        }
    }

    /// @dev Walks from a model to all its ancestors, nearest first.
    function _walk(
        ModelId model,
        CallBuffer buffer
    ) private view returns (IdMap.Map memory ids, LineageModel[] memory models, IdMap.Map memory terms) {
        ids = IdMap.create();
        terms = IdMap.create();
        ids.numberOf(ModelId.unwrap(model));
        uint256 walked = 0;
        for (; walked < ids.count; ++walked) {
            if (walked == models.length) models = _grown(models);
            models[walked] = _read(ModelId.wrap(ids.ids[walked]), ids, terms, buffer);
        }
        // The array was allocated for at least `walked` members, so it can only become shorter.
        assembly ("memory-safe") {
            mstore(models, walked)
        }
    }

    /// @dev Reads a model, and numbers its parents and its terms.
    function _read(
        ModelId model,
        IdMap.Map memory ids,
        IdMap.Map memory terms,
        CallBuffer buffer
    ) private view returns (LineageModel memory result) {
        // The answer: record, terms, offset of the parents, their count, the parents.
        buffer.read(address(_MODELS), IModelRegistry.lineageOf.selector, ModelId.unwrap(model));
        ModelRecord record = ModelRecord.wrap(uint256(buffer.word(0)));
        if (!record.exists()) revert ComplianceLensUnknownModel(model);
        result.model = model;
        result.record = record;
        (result.terms, ) = terms.numberOf(buffer.word(1));
        uint256 declared = uint256(buffer.word(3));
        LineageEdge[] memory edges = new LineageEdge[](declared);
        for (uint256 i = 0; i < declared; ++i) {
            (uint256 parent, ) = ids.numberOf(buffer.word(4 + i));
            edges[i] = declaredEdge(parent, record.relation(i));
        }

        // The answer: offset, count, and five words for each attested parent.
        buffer.read(address(_CLAIMS), ILineageClaims.attestedParentsOf.selector, ModelId.unwrap(model));
        uint256 attested = uint256(buffer.word(1));
        if (attested != 0) {
            edges = _extended(edges, attested);
            for (uint256 i = 0; i < attested; ++i) {
                uint256 first = 2 + 5 * i;
                (uint256 parent, ) = ids.numberOf(buffer.word(first));
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

    /// @dev The tiers of a model.
    function _tiersOf(ModelId model, CallBuffer buffer) private view returns (TierId[] memory tiers) {
        // The answer: offset, count, the tiers.
        buffer.read(address(_LICENSES), ILicenseRegistry.tiersOf.selector, ModelId.unwrap(model));
        uint256 count = uint256(buffer.word(1));
        if (count == 0) return tiers;
        tiers = new TierId[](count);
        for (uint256 i = 0; i < count; ++i) tiers[i] = TierId.wrap(buffer.word(2 + i));
    }

    /// @dev The same edges with room for `count` more.
    function _extended(LineageEdge[] memory edges, uint256 count) private pure returns (LineageEdge[] memory result) {
        result = new LineageEdge[](edges.length + count);
        for (uint256 i = 0; i < edges.length; ++i) result[i] = edges[i];
    }

    /// @dev Adds the credentials of `holder` for a model that has `tiers`, unless they were added before or the holder is
    /// nobody or its publisher.
    function _addCredentials(
        LineageModel memory model,
        TierId[] memory tiers,
        address holder,
        IdMap.Map memory terms
    ) private view {
        if (holder == address(0) || holder == model.record.publisher()) return;
        uint256 before = model.credentials.length;
        for (uint256 i = 0; i < before; ++i) {
            if (model.credentials[i].holder == holder) return;
        }

        HeldCredential[] memory held = new HeldCredential[](before + tiers.length);
        for (uint256 i = 0; i < before; ++i) held[i] = model.credentials[i];
        uint256 count = before;
        for (uint256 i = 0; i < tiers.length; ++i) {
            Credential memory credential = _CREDENTIALS.credentialOf(
                _CREDENTIALS.hashCredential(model.model, tiers[i], holder)
            );
            if (credential.state == CredentialState.None) continue;
            ILicenseRegistry.TierRecord memory tier = _LICENSES.tierOf(model.model, tiers[i]);
            (uint256 number, ) = terms.numberOf(TermsId.unwrap(tier.terms));
            held[count++] = HeldCredential({
                tier: tiers[i],
                holder: holder,
                terms: number,
                passThrough: tier.passThrough,
                credential: credential
            });
        }
        // The array was allocated for at least `count` members, so it can only become shorter.
        assembly ("memory-safe") {
            mstore(held, count)
        }
        model.credentials = held;
    }

    /// @dev The same models with room for more.
    function _grown(LineageModel[] memory models) private pure returns (LineageModel[] memory result) {
        uint256 length = models.length == 0 ? 32 : 2 * models.length;
        // Elements are pointers that nobody reads before a model is put there; `new` would make an empty model for each.
        assembly ("memory-safe") {
            result := mload(0x40)
            mstore(0x40, add(result, shl(5, add(length, 1))))
            mstore(result, length)
            mcopy(add(result, 0x20), add(models, 0x20), shl(5, mload(models)))
        }
    }
}
