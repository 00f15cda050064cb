// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Relation} from "./Registration.sol";

/// @dev The stage of a model's life. It only advances.
enum ModelStatus {
    Active,
    Superseded,
    Retired,
    Recalled
}

/**
 * @dev Everything stored of a model except its parents' ids, in one word. Zero means not registered.
 *
 * | bits | what |
 * | --- | --- |
 * | 0-159 | publisher |
 * | 160-199 | registered at, Unix seconds |
 * | 200-231 | relation to each of up to 8 parents, 4 bits each; the first zero ends the list |
 * | 232-251 | number of the terms; {WIDE_TERMS} when it does not fit and is stored separately |
 * | 252 | set once a tier was offered, so that a walk over a lineage can skip models without tiers |
 * | 253 | set while the authority's recall of the id, the weights or the tensors held at the last sync |
 * | 254-255 | {ModelStatus} |
 *
 * Packed by hand because Solidity has no 4-bit or 20-bit fields, and a second word would add 22,100 gas to every
 * registration.
 */
type ModelRecord is uint256;

/// @dev The most parents that a model may have.
uint256 constant MAX_PARENTS = 8;

/// @dev Marks a record whose number of terms does not fit into 20 bits.
uint256 constant WIDE_TERMS = 0xFFFFF;

/// @dev Set in a model's record once a tier was offered for it.
uint256 constant TIERS_FLAG = 1 << 252;

/// @dev Set in a model's record while it is marked as recalled by the authority.
uint256 constant MARK_FLAG = 1 << 253;

using {
    publisher,
    registeredAt,
    relation,
    parentCount,
    termsNumber,
    status,
    hasTiers,
    isMarked,
    isRecalled,
    exists
} for ModelRecord global;

/// @dev Packs a record of an active model. `relations` holds 4 bits per parent, with the first parent in the lowest bits.
function packModelRecord(
    address publisher_,
    uint256 time,
    uint256 relations,
    uint256 terms
) pure returns (ModelRecord) {
    return ModelRecord.wrap(uint256(uint160(publisher_)) | (time << 160) | (relations << 200) | (terms << 232));
}

function publisher(ModelRecord record) pure returns (address) {
    return address(uint160(ModelRecord.unwrap(record)));
}

function registeredAt(ModelRecord record) pure returns (uint40) {
    return uint40(ModelRecord.unwrap(record) >> 160);
}

function relation(ModelRecord record, uint256 parent) pure returns (Relation) {
    return Relation(((ModelRecord.unwrap(record) >> 200) >> (parent << 2)) & 0xF);
}

function parentCount(ModelRecord record) pure returns (uint256 count) {
    uint256 relations = uint32(ModelRecord.unwrap(record) >> 200);
    while (relations != 0) {
        relations >>= 4;
        ++count;
    }
}

function termsNumber(ModelRecord record) pure returns (uint256) {
    return (ModelRecord.unwrap(record) >> 232) & WIDE_TERMS;
}

function status(ModelRecord record) pure returns (ModelStatus) {
    return ModelStatus(ModelRecord.unwrap(record) >> 254);
}

function hasTiers(ModelRecord record) pure returns (bool) {
    return ModelRecord.unwrap(record) & TIERS_FLAG != 0;
}

/// @dev Whether the authority had recalled the model, or a twin's digest, as of the last sync.
function isMarked(ModelRecord record) pure returns (bool) {
    return ModelRecord.unwrap(record) & MARK_FLAG != 0;
}

/// @dev Whether the publisher recalled the model, or it is marked.
function isRecalled(ModelRecord record) pure returns (bool) {
    return record.isMarked() || record.status() == ModelStatus.Recalled;
}

function exists(ModelRecord record) pure returns (bool) {
    return ModelRecord.unwrap(record) != 0;
}

/// @dev Returns the record with another status.
function withStatus(ModelRecord record, ModelStatus status_) pure returns (ModelRecord) {
    return ModelRecord.wrap((ModelRecord.unwrap(record) & (type(uint256).max >> 2)) | (uint256(status_) << 254));
}

/// @dev Returns the record with the tiers flag set.
function withTiers(ModelRecord record) pure returns (ModelRecord) {
    return ModelRecord.wrap(ModelRecord.unwrap(record) | TIERS_FLAG);
}

/// @dev Returns the record with the mark of a recall by the authority set or cleared.
function withMark(ModelRecord record, bool marked) pure returns (ModelRecord) {
    uint256 word = ModelRecord.unwrap(record);
    return ModelRecord.wrap(marked ? word | MARK_FLAG : word & ~MARK_FLAG);
}
