// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {LicenseRegistry} from "./licensing/LicenseRegistry.sol";
import {ModelRegistry} from "./registry/ModelRegistry.sol";
import {PublisherRegistry} from "./registry/PublisherRegistry.sol";
import {ModelId} from "./types/Ids.sol";

/**
 * @title The ledger: publishers, models and licenses at one address
 * @dev Three registries, each specified by its own interface and blind to the others' storage, are deployed as one contract.
 * A registration reads its publisher's controller and its terms; across contracts that would cost every registration two
 * cold accounts (5,200 gas) more, and the lens two calls a model. The decision is in `docs/decisions/0001-one-ledger.md`.
 *
 * Immutable: there is no proxy and nothing that could change a record but what the registries say.
 */
contract Ledger is PublisherRegistry, LicenseRegistry, ModelRegistry {
    /// @dev `manager` is the AccessManager that holds the roles.
    constructor(address manager) AccessManaged(manager) EIP712("Stemma", "1") {}

    /// @inheritdoc LicenseRegistry
    function _publisherOf(ModelId model) internal view override returns (address) {
        return _recordOf(model).publisher();
    }

    /// @inheritdoc LicenseRegistry
    function _noteTiers(ModelId model) internal override {
        _markTiered(model);
    }
}
