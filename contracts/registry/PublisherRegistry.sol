// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DirectAccess} from "../governance/DirectAccess.sol";
import {Scopes} from "../types/Scopes.sol";
import {IPublisherRegistry} from "./IPublisherRegistry.sol";
import {PublisherAuthority} from "./PublisherAuthority.sol";

/// @dev Implements {IPublisherRegistry} as a part of the {Ledger}, so that a registration reads its publisher's
/// controller without a call to another contract.
abstract contract PublisherRegistry is IPublisherRegistry, PublisherAuthority, DirectAccess {
    struct Account {
        address controller; // slot 0, bytes 0-19: zero means the publisher itself
        uint32 epoch; // slot 0, bytes 20-23: grows with each change of controller
        Tenure tenure; // slot 1
        bytes32 profile; // slot 2
    }

    /// @dev What belongs to the tenure of a controller, in one word: a hand-over clears it.
    struct Tenure {
        address pendingController; // bytes 0-19
        uint40 verifiedFrom; // bytes 20-24: Unix seconds
        uint40 verifiedUntil; // bytes 25-29: Unix seconds, zero means not verified
        uint16 verifier; // bytes 30-31: number of the verifier, zero means not verified
    }

    struct Operator {
        uint40 until; // bytes 0-4: Unix seconds
        uint16 scopes; // bytes 5-6
        uint16 withdrawn; // bytes 7-8: the scopes that it had and lost
    }

    mapping(address publisher => Account) private _accounts;
    mapping(uint256 number => address verifier) private _verifiers;
    mapping(address verifier => uint16 number) private _verifierNumbers;
    uint16 private _verifierCount;
    mapping(address publisher => mapping(uint256 epoch => mapping(address operator => Operator))) private _operators;

    modifier onlyController(address publisher) {
        _requireController(publisher, msg.sender);
        _;
    }

    modifier onlyFuture(uint40 until) {
        if (until != 0 && until <= block.timestamp) revert PublisherRegistryExpired(until);
        _;
    }

    /// @inheritdoc IPublisherRegistry
    function setProfile(address publisher, bytes32 profile, string calldata domain) external onlyController(publisher) {
        if (bytes(domain).length > 253) revert PublisherRegistryDomainTooLong(bytes(domain).length);
        Account storage account = _accounts[publisher];
        account.profile = profile;
        account.tenure = Tenure(account.tenure.pendingController, 0, 0, 0);
        emit ProfileSet(publisher, profile, domain);
    }

    /// @inheritdoc IPublisherRegistry
    function verifyPublisher(
        address publisher,
        bytes32 profile,
        uint40 from,
        uint40 until
    ) external restricted onlyFuture(until) {
        if (from >= until && from | until != 0) revert PublisherRegistryEmptyVerification(from, until);
        Account storage account = _accounts[publisher];
        if (account.profile != profile) {
            revert PublisherRegistryProfileMismatch(publisher, profile, account.profile);
        }
        uint16 verifier = until == 0 ? 0 : _numberOfVerifier(msg.sender);
        account.tenure = Tenure(account.tenure.pendingController, from, until, verifier);
        emit PublisherVerified(publisher, msg.sender, profile, from, until);
    }

    /// @inheritdoc IPublisherRegistry
    function setOperator(
        address publisher,
        address operator,
        uint16 scopes,
        uint40 until
    ) external onlyController(publisher) onlyFuture(until) {
        if (scopes & ~Scopes.ALL != 0) revert PublisherRegistryUndefinedScopes(scopes);
        Operator storage stored = _operators[publisher][_accounts[publisher].epoch][operator];
        uint16 withdrawn = stored.withdrawn;
        if (scopes == 0 || until == 0) {
            (scopes, until, withdrawn) = (0, 0, Scopes.ALL);
        } else {
            if (scopes & withdrawn != 0) {
                revert PublisherRegistryWithdrawnScopes(publisher, operator, scopes & withdrawn);
            }
            withdrawn |= stored.scopes & ~scopes;
        }
        (stored.until, stored.scopes, stored.withdrawn) = (until, scopes, withdrawn);
        emit OperatorSet(publisher, operator, scopes, until);
    }

    /// @inheritdoc IPublisherRegistry
    function proposeController(address publisher, address controller) external onlyController(publisher) {
        _accounts[publisher].tenure.pendingController = controller;
        emit ControllerProposed(publisher, controller);
    }

    /// @inheritdoc IPublisherRegistry
    function acceptController(address publisher) external {
        Account storage account = _accounts[publisher];
        address pending = account.tenure.pendingController;
        if (pending != msg.sender) revert PublisherRegistryNotPendingController(publisher, msg.sender, pending);
        address previous = _controllerOf(publisher);
        account.controller = msg.sender;
        ++account.epoch;
        delete account.tenure;
        emit ControllerChanged(publisher, previous, msg.sender);
    }

    /// @inheritdoc IPublisherRegistry
    function publisherOf(address publisher) external view returns (Publisher memory) {
        Account storage account = _accounts[publisher];
        Tenure memory tenure = account.tenure;
        return
            Publisher({
                controller: _controllerOf(publisher),
                epoch: account.epoch,
                pendingController: tenure.pendingController,
                verifiedFrom: tenure.verifiedFrom,
                verifiedUntil: tenure.verifiedUntil,
                verifier: _verifiers[tenure.verifier],
                profile: account.profile
            });
    }

    /// @inheritdoc IPublisherRegistry
    function epochOf(address publisher) external view returns (uint32) {
        return _accounts[publisher].epoch;
    }

    /// @inheritdoc IPublisherRegistry
    function verifierOf(uint16 number) external view returns (address) {
        return _verifiers[number];
    }

    /// @inheritdoc IPublisherRegistry
    function operatorOf(
        address publisher,
        address operator
    ) external view returns (uint16 scopes, uint40 until, uint16 withdrawn) {
        Operator storage stored = _operators[publisher][_accounts[publisher].epoch][operator];
        if (block.timestamp < stored.until) (scopes, until) = (stored.scopes, stored.until);
        withdrawn = stored.withdrawn;
    }

    /// @inheritdoc IPublisherRegistry
    function hasScope(address publisher, address account, uint16 scopes) external view returns (bool authorized) {
        (authorized, ) = _authorization(publisher, account, scopes);
    }

    /// @inheritdoc IPublisherRegistry
    function canControl(address publisher, address account) external view returns (bool) {
        return _controllerOf(publisher) == account;
    }

    /// @inheritdoc PublisherAuthority
    function _requireAuthorized(
        address publisher,
        address account,
        uint16 scope
    ) internal view override returns (uint32 epoch) {
        bool authorized;
        (authorized, epoch) = _authorization(publisher, account, scope);
        if (!authorized) revert PublisherRegistryUnauthorized(publisher, account, scope);
    }

    /// @inheritdoc PublisherAuthority
    function _verificationOf(address publisher) internal view override returns (uint40 from, uint40 until) {
        Tenure storage tenure = _accounts[publisher].tenure;
        return (tenure.verifiedFrom, tenure.verifiedUntil);
    }

    /// @inheritdoc PublisherAuthority
    function _requireController(address publisher, address account) internal view override {
        if (_controllerOf(publisher) != account) revert PublisherRegistryNotController(publisher, account);
    }

    function _controllerOf(address publisher) private view returns (address) {
        address controller = _accounts[publisher].controller;
        return controller == address(0) ? publisher : controller;
    }

    /// @dev Whether `account` may act for `publisher` in each of `scopes`, and the publisher's epoch.
    function _authorization(
        address publisher,
        address account,
        uint16 scopes
    ) private view returns (bool authorized, uint32 epoch) {
        Account storage stored = _accounts[publisher];
        address controller = stored.controller;
        epoch = stored.epoch;
        if (account == (controller == address(0) ? publisher : controller)) return (true, epoch);
        Operator storage operator = _operators[publisher][epoch][account];
        authorized = block.timestamp < operator.until && operator.scopes & scopes == scopes;
    }

    /// @dev The number of a verifier, the next one if it has none yet.
    function _numberOfVerifier(address verifier) private returns (uint16 number) {
        number = _verifierNumbers[verifier];
        if (number != 0) return number;
        number = ++_verifierCount;
        _verifierNumbers[verifier] = number;
        _verifiers[number] = verifier;
    }
}
