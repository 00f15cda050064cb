// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {EvaluationWriter, createEvaluationWriter} from "../../../contracts/compliance/algebra/EvaluationWriter.sol";
import {NOTHING} from "../../../contracts/compliance/algebra/Lanes.sol";
import {FindingCode, Verdict} from "../../../contracts/compliance/IComplianceLens.sol";
import {ModelId} from "../../../contracts/types/Ids.sol";

/// @dev Writes an answer of some findings, and allocates something before one of them.
contract EvaluationWriterHarness {
    /// @dev Allocates before the finding of that number, before the end for the number after the last, or never.
    function write(uint256 findings, uint256 allocateBefore) external pure returns (bytes memory) {
        EvaluationWriter writer = createEvaluationWriter();
        for (uint256 i = 0; i < findings; ++i) {
            if (i == allocateBefore) new uint256[](1);
            writer.add(FindingCode.ModelRetired, ModelId.wrap(bytes32(i + 1)), address(0), 0, 0, 0);
        }
        if (findings == allocateBefore) new uint256[](1);
        return writer.finish(Verdict.Permitted, NOTHING, NOTHING);
    }
}
