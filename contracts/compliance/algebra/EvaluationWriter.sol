// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ModelId} from "../../types/Ids.sol";
import {FindingCode, Verdict} from "../IComplianceLens.sol";
import {Lanes} from "./Lanes.sol";

/**
 * @dev Writes an {Evaluation} directly in its ABI encoding, finding by finding, at the end of memory. An answer of
 * thousands of findings is neither encoded from a copy nor moved to make room. It counts its findings, so it notices when
 * something else was allocated between its creation and {finish}, and reverts. Points to the answer's length, as `bytes` do.
 */
type EvaluationWriter is uint256;

using {add, finish} for EvaluationWriter global;

/// @dev Bytes of the answer before the first finding: the evaluation's offset, its six members, and the number of
/// findings.
uint256 constant HEAD_BYTES = 8 * 32;

/// @dev Bytes of a finding.
uint256 constant FINDING_BYTES = 6 * 32;

/// @dev Something else was allocated before the answer was finished.
error EvaluationWriterInterrupted();

/// @dev Begins an answer without findings.
function createEvaluationWriter() pure returns (EvaluationWriter) {
    uint256 pointer;
    uint256 size = 32 + HEAD_BYTES;
    assembly ("memory-safe") {
        pointer := mload(0x40)
        mstore(0x40, add(pointer, size))
        mstore(pointer, 0) // the number of findings, until the answer is finished
    }
    return EvaluationWriter.wrap(pointer);
}

/// @dev Adds a finding: see {Finding} for its members.
function add(
    EvaluationWriter writer,
    FindingCode code,
    ModelId model,
    address holder,
    uint256 rights,
    uint256 obligations,
    uint256 topic
) pure {
    uint256 place = _requireEnd(writer);
    // Allocates directly after the previous finding. Each value fits its type in {Finding}, except that an address may
    // have dirty upper bits.
    assembly ("memory-safe") {
        mstore(0x40, add(place, FINDING_BYTES))
        mstore(writer, add(mload(writer), 1))
        mstore(place, code)
        mstore(add(place, 0x20), model)
        mstore(add(place, 0x40), shr(96, shl(96, holder)))
        mstore(add(place, 0x60), rights)
        mstore(add(place, 0x80), obligations)
        mstore(add(place, 0xa0), topic)
    }
}

/// @dev Completes the answer.
function finish(
    EvaluationWriter writer,
    Verdict verdict,
    Lanes rights,
    Lanes obligations
) pure returns (bytes memory answer) {
    (uint256 granted, uint256 possible) = (rights.sure(), rights.possible());
    (uint256 owed, uint256 mayBeOwed) = (obligations.sure(), obligations.possible());
    _requireEnd(writer);
    uint256 head = 32 + HEAD_BYTES;
    // Everything from the writer to the end of the memory is the answer.
    assembly ("memory-safe") {
        answer := writer
        let size := sub(mload(0x40), add(writer, head))
        mstore(writer, add(size, sub(head, 0x20)))
        mstore(add(writer, 0x20), 0x20)
        mstore(add(writer, 0x40), verdict)
        mstore(add(writer, 0x60), granted)
        mstore(add(writer, 0x80), possible)
        mstore(add(writer, 0xa0), owed)
        mstore(add(writer, 0xc0), mayBeOwed)
        mstore(add(writer, 0xe0), 0xc0)
        mstore(add(writer, 0x100), div(size, FINDING_BYTES))
    }
}

/// @dev The end of memory, which must be directly after the last finding.
function _requireEnd(EvaluationWriter writer) pure returns (uint256 place) {
    uint256 end;
    uint256 head = 32 + HEAD_BYTES;
    assembly ("memory-safe") {
        place := mload(0x40)
        end := add(add(writer, head), mul(mload(writer), FINDING_BYTES))
    }
    if (place != end) revert EvaluationWriterInterrupted();
}
