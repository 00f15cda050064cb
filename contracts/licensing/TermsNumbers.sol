// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {TermsId} from "../types/Ids.sol";

/**
 * @dev What the registries of the {Ledger} ask of one another about terms. Terms are numbered as they are published, because
 * a number fits into a model's record and an id does not.
 */
abstract contract TermsNumbers {
    /// @dev The number of published terms, zero for no terms. Reverts when `terms` is not published.
    function _numberOf(TermsId terms) internal view virtual returns (uint256);

    /// @dev The terms of a number, zero for zero.
    function _termsAt(uint256 number) internal view virtual returns (TermsId);
}
