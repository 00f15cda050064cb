// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Ledger} from "../../../contracts/Ledger.sol";
import {LicenseCredential} from "../../../contracts/licensing/LicenseCredential.sol";
import {ModelId, TermsId, TierId} from "../../../contracts/types/Ids.sol";
import {Parent, Registration, Relation} from "../../../contracts/types/Registration.sol";
import {Terms, Threshold, Tier} from "../../../contracts/types/Terms.sol";
import {Deploy} from "./Deploy.sol";
import {Test} from "./Test.sol";

/// @dev A ledger and its credentials. This contract is the manager, and the publisher unless another is named.
abstract contract LedgerTest is Test {
    Ledger internal ledger;
    LicenseCredential internal credentials;

    function setUp() public virtual {
        VM.warp(1_800_000_000);
        ledger = Ledger(
            Deploy.deploy("Ledger", abi.encode(address(this), Deploy.deploy("Recalls", abi.encode(address(this)))))
        );
        credentials = LicenseCredential(Deploy.deploy("LicenseCredential", abi.encode(address(this), ledger, ledger)));
    }

    function _terms(string memory name, uint32 rights) internal pure returns (Terms memory terms) {
        terms.name = name;
        terms.rights = uint16(rights);
        terms.thresholds = new Threshold[](0);
    }

    function _registration(
        address publisher,
        bytes32 weights,
        ModelId[] memory parents
    ) internal pure returns (Registration memory registration) {
        registration.publisher = publisher;
        registration.weights = weights;
        registration.parents = new Parent[](parents.length);
        for (uint256 i = 0; i < parents.length; ++i)
            registration.parents[i] = Parent(parents[i], uint8(Relation.Merge));
    }

    function _registerRoot(bytes32 weights) internal returns (ModelId) {
        return ledger.register(_registration(address(this), weights, new ModelId[](0)));
    }

    function _offer(ModelId model, TermsId terms, bool open, uint40 maxDuration) internal returns (TierId) {
        Tier memory tier;
        tier.model = model;
        tier.terms = terms;
        tier.open = open;
        tier.maxDuration = maxDuration;
        tier.name = "tier";
        return ledger.offerTier(tier);
    }
}
