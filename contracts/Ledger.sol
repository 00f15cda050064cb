// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {LicenseRegistry} from "./licensing/LicenseRegistry.sol";
import {IRecalls} from "./registry/IRecalls.sol";
import {ModelRegistry} from "./registry/ModelRegistry.sol";
import {PublisherRegistry} from "./registry/PublisherRegistry.sol";
import {ModelId} from "./types/Ids.sol";

/**
 * @title The ledger: publishers, models and licenses at one address
 * @dev Deploys three registries as one contract. Each has its own interface and cannot see the others' storage. A
 * registration reads its publisher's controller and its terms. Across contracts, those reads would add two cold accounts
 * (5,200 gas) to every registration, and two calls per model to the lens. See `docs/decisions/0001-one-ledger.md`.
 *
 * The reads that other contracts make are named so that their selectors come early: the compiler compares selectors one
 * after another, in ascending order, for 22 gas each.
 *
 * Recalls by the authority are kept in a contract of their own, which only {IModelRegistry.syncRecall} reads.
 *
 * Immutable: there is no proxy, and only the registries' own functions change a record.
 */
contract Ledger is PublisherRegistry, LicenseRegistry, ModelRegistry {
    /// @dev `manager` is the AccessManager that holds the roles; `recalls` keeps the recalls by the authority.
    constructor(
        address manager,
        IRecalls recalls
    ) AccessManaged(manager) EIP712("Stemma", "1") ModelRegistry(recalls) {}

    /// @inheritdoc LicenseRegistry
    function _publisherOf(ModelId model) internal view override returns (address) {
        return _recordOf(model).publisher();
    }

    /// @inheritdoc LicenseRegistry
    function _noteTiers(ModelId model) internal override {
        _markTiered(model);
    }
}
