// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {TermsId} from "../types/Ids.sol";

/**
 * @dev What the registries of the {Ledger} need to know about terms. Terms are numbered in order of publication, because
 * a number fits into a model's record and an id does not.
 */
abstract contract TermsNumbers {
    /// @dev The number of published terms; zero for zero. Reverts when `terms` are not published.
    function _numberOf(TermsId terms) internal view virtual returns (uint256);

    /// @dev The terms with a number; zero for zero.
    function _termsAt(uint256 number) internal view virtual returns (TermsId);
}
