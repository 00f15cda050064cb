// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IERC721} from "@openzeppelin/contracts/interfaces/IERC721.sol";

import {IWritePause} from "../../../contracts/governance/IWritePause.sol";
import {Ledger} from "../../../contracts/Ledger.sol";
import {
    Credential,
    CredentialState,
    Grant,
    ILicenseCredential,
    Offer
} from "../../../contracts/licensing/ILicenseCredential.sol";
import {LicenseCredential} from "../../../contracts/licensing/LicenseCredential.sol";
import {CredentialId, ModelId, TermsId, TierId} from "../../../contracts/types/Ids.sol";
import {Parent, Registration} from "../../../contracts/types/Registration.sol";
import {Scopes} from "../../../contracts/types/Scopes.sol";
import {Terms, Tier} from "../../../contracts/types/Terms.sol";
import {Deploy} from "../base/Deploy.sol";
import {Test} from "../base/Test.sol";

/**
 * @dev Does with credentials whatever a publisher, its operator, holders and a stranger may try, in any order. Whether a call is
 * allowed is worked out from what happened: {disagreements} counts where the contract does otherwise. Never reverts.
 */
contract CredentialHandler is Test {
    /// @dev What became of the credential of a tier and a holder.
    struct Known {
        CredentialState state; // revoked for a canceled offer too
        bool issued;
        uint40 validFrom;
        uint40 validUntil;
    }

    uint256 public constant PEOPLE = 5;
    uint256 public constant TIERS = 4; // the second is open, and the last one is withdrawn sooner or later
    address public constant GUARDIAN = address(0x9a2d);
    /// @dev The publisher, and who gets control of it now and then.
    uint256 private constant PUBLISHER = 0;
    uint256 private constant OPERATOR = 1;
    uint256 private constant HEIR = 2;
    uint256 private constant HOLDER = 3;

    Ledger public immutable LEDGER = Ledger(
        Deploy.deploy("Ledger", abi.encode(address(this), Deploy.deploy("Recalls", abi.encode(address(this)))))
    );
    LicenseCredential public immutable CREDENTIALS = LicenseCredential(
        Deploy.deploy("LicenseCredential", abi.encode(address(this), LEDGER, LEDGER))
    );
    ModelId private immutable MODEL;

    uint256 public disagreements;
    uint256 public successes;

    TierId[TIERS] private _tiers;
    uint40[TIERS] private _longest = [uint40(0), 1 days, 2 days, 0];
    bool private _withdrawn; // the last tier
    uint256 private _controller = PUBLISHER;
    uint32 private _epoch;
    bool private _hasOperator;
    mapping(uint256 tier => mapping(uint256 holder => Known)) private _known;
    uint256[2][] private _issued;

    constructor() {
        Registration memory registration;
        (registration.publisher, registration.weights) = (person(PUBLISHER), bytes32(uint256(1)));
        registration.parents = new Parent[](0);
        VM.prank(person(PUBLISHER));
        MODEL = LEDGER.register(registration);
    }

    /// @dev Offers the tiers, and hands over control of a holder to a stranger's account. The constructor has no room on its
    /// stack for this.
    function begin() external {
        Terms memory terms;
        (terms.name, terms.rights) = ("terms", 1);
        TermsId termsId = LEDGER.publishTerms(terms);
        for (uint256 i = 0; i < TIERS; ++i) _offerTier(i, termsId);
        VM.prank(person(HOLDER));
        LEDGER.proposeController(person(HOLDER), person(HEIR));
        VM.prank(person(HEIR));
        LEDGER.acceptController(person(HOLDER));
    }

    /// @dev As access manager.
    function canCall(address caller, address, bytes4) external pure returns (bool, uint32) {
        return (caller == GUARDIAN, 0);
    }

    // Actions.

    function pass(uint32 time) external {
        VM.warp(block.timestamp + bound(time, 1, 12 hours));
    }

    function pause(bool ends, uint256 who) external {
        // Rarely, because a pause lasts for days.
        if (!ends && who % 8 > 1) return;
        address caller = who % 4 == 0 ? person(who) : GUARDIAN;
        uint40 until = CREDENTIALS.pausedUntil();
        bool allowed = ends ? block.timestamp < until : until == 0 || block.timestamp >= until + 7 days;
        bytes memory data =
            ends ? abi.encodeCall(IWritePause.resumeWrites, ()) : abi.encodeCall(IWritePause.pauseWrites, ());
        _attempt(caller, data, allowed && caller == GUARDIAN);
    }

    /// @dev The controller names the operator or removes it; a removed one stays out until control changes.
    function setOperator(bool named) external {
        if (named) {
            (, , uint16 withdrawn) = LEDGER.operatorOf(person(PUBLISHER), person(OPERATOR));
            if (withdrawn != 0) return;
        }
        uint40 until = named ? type(uint40).max : 0;
        VM.prank(person(_controller));
        LEDGER.setOperator(person(PUBLISHER), person(OPERATOR), named ? Scopes.GRANT : 0, until);
        _hasOperator = named;
    }

    /// @dev Control of the publisher changes, which ends its offers and its operator.
    function handOver(uint256 rare) external {
        if (rare % 8 != 0) return;
        uint256 to = _controller == PUBLISHER ? HEIR : PUBLISHER;
        VM.prank(person(_controller));
        LEDGER.proposeController(person(PUBLISHER), person(to));
        VM.prank(person(to));
        LEDGER.acceptController(person(PUBLISHER));
        (_controller, _hasOperator) = (to, false);
        ++_epoch;
    }

    function withdrawTier(uint256 rare) external {
        if (_withdrawn || rare % 32 != 0) return;
        VM.prank(person(_controller));
        LEDGER.withdrawTier(MODEL, _tiers[TIERS - 1]);
        _withdrawn = true;
    }

    function grant(uint256 who, uint256 tier, uint256 holder, uint24 delay, uint32 length) external {
        (tier, holder) = (tier % TIERS, holder % PEOPLE);
        address caller = _callerFor(who);
        (uint40 from, uint40 until) = _window(delay, length);
        bool allowed = _mayIssue(tier, holder, from, until) && _mayGrant(caller);
        Grant memory granted = _grantOf(tier, holder, from, until);
        bytes memory data = abi.encodeCall(ILicenseCredential.grant, (granted));
        if (_attempt(caller, data, allowed)) _issue(tier, holder, from, until);
    }

    /// @dev Accepts an offer: of the publisher's epoch or another, in time or late, by the signer or by somebody else.
    function accept(
        uint256 who,
        uint256 signer,
        uint256 pair,
        uint24 delay,
        uint32 length,
        uint8 epochs,
        uint8 change
    ) external {
        (uint256 tier, uint256 holder) = (pair % TIERS, (pair / TIERS) % PEOPLE);
        signer = signer % 3 == 0 ? signer % PEOPLE : _controller;
        address caller = who % 4 == 0 ? person(who / 4) : person(holder);
        Offer memory offer;
        offer.grant = _grantIn(tier, holder, delay, length);
        offer.epoch = _epochFor(epochs);
        offer.deadline = uint48(block.timestamp - (change % 6 == 1 ? 1 : 0));
        bool allowed =
            _mayIssue(tier, holder, offer.grant.validFrom, offer.grant.validUntil) && _mayGrant(person(signer));
        allowed = allowed && offer.epoch == _epoch && change % 6 != 1 && change % 6 != 0 && _actsFor(holder, caller);
        bytes memory data = abi.encodeCall(
            ILicenseCredential.accept,
            (offer, person(signer), _sign(offer, change % 6 == 0 ? signer + 1 : signer))
        );
        if (_attempt(caller, data, allowed)) _issue(tier, holder, offer.grant.validFrom, offer.grant.validUntil);
    }

    function obtain(uint256 tier, uint256 holder) external {
        (tier, holder) = (tier % TIERS, holder % PEOPLE);
        Known storage known = _known[tier][holder];
        uint40 now_ = uint40(block.timestamp);
        bool ended = known.state == CredentialState.Active && known.validUntil <= now_;
        bool allowed = !_isPaused() && tier == 1 && (known.state == CredentialState.None || ended);
        bytes memory data = abi.encodeCall(ILicenseCredential.obtain, (MODEL, _tiers[tier]));
        if (!_attempt(person(holder), data, allowed)) return;
        if (ended) known.validUntil = now_ + _longest[tier];
        else _issue(tier, holder, now_, now_ + _longest[tier]);
    }

    function renew(uint256 who, uint256 tier, uint256 holder, uint32 length) external {
        (tier, holder) = _pair(tier, holder);
        Known storage known = _known[tier][holder];
        address caller = _callerFor(who);
        (, uint40 until) = _window(0, length);
        bool allowed = !_isPaused() && _isLive(known) && _mayGrant(caller) && _isOffered(tier);
        allowed = allowed && until > known.validUntil && _fits(tier, known.validFrom, until);
        bytes memory data = abi.encodeCall(ILicenseCredential.renew, (MODEL, _tiers[tier], person(holder), until));
        if (_attempt(caller, data, allowed)) known.validUntil = until;
    }

    function suspend(uint256 who, uint256 tier, uint256 holder) external {
        (tier, holder) = _pair(tier, holder);
        Known storage known = _known[tier][holder];
        address caller = _callerFor(who);
        bool allowed = known.state == CredentialState.Active && _mayGrant(caller);
        bytes memory data = abi.encodeCall(ILicenseCredential.suspend, (idOf(tier, holder), ""));
        if (_attempt(caller, data, allowed)) known.state = CredentialState.Suspended;
    }

    function reinstate(uint256 who, uint256 tier, uint256 holder) external {
        (tier, holder) = _pair(tier, holder);
        Known storage known = _known[tier][holder];
        address caller = _callerFor(who);
        bool allowed = !_isPaused() && known.state == CredentialState.Suspended && _mayGrant(caller);
        bytes memory data = abi.encodeCall(ILicenseCredential.reinstate, (idOf(tier, holder)));
        if (_attempt(caller, data, allowed)) known.state = CredentialState.Active;
    }

    function revoke(uint256 who, uint256 tier, uint256 holder) external {
        (tier, holder) = _pair(tier, holder);
        Known storage known = _known[tier][holder];
        address caller = _callerFor(who);
        bool allowed = _isLive(known) && _mayGrant(caller);
        // Rarely, so that credentials are left to change.
        if (allowed && (who / 8) % 4 != 0) return;
        bytes memory data = abi.encodeCall(ILicenseCredential.revoke, (idOf(tier, holder), ""));
        if (_attempt(caller, data, allowed)) known.state = CredentialState.Revoked;
    }

    /// @dev The holder or its controller gives a credential up, or somebody else tries to.
    function renounce(uint256 who, uint256 tier, uint256 holder) external {
        (tier, holder) = _pair(tier, holder);
        Known storage known = _known[tier][holder];
        address caller = who % 3 == 0 ? person(who / 3) : person(holder);
        bool owns = caller == person(holder) || caller == _controllerOf(holder);
        if (_isLive(known) && owns && (who / 8) % 4 != 0) return;
        bytes memory data = abi.encodeCall(ILicenseCredential.renounce, (idOf(tier, holder)));
        if (_attempt(caller, data, _isLive(known) && owns)) known.state = CredentialState.Revoked;
    }

    function cancelOffer(uint256 who, uint256 tier, uint256 holder) external {
        (tier, holder) = (tier % TIERS, holder % PEOPLE);
        Known storage known = _known[tier][holder];
        address caller = _callerFor(who);
        bool allowed = _isOffered(tier) && _mayGrant(caller) && known.state == CredentialState.None;
        // Rarely, so that credentials are left to issue.
        if (allowed && (who / 8) % 4 != 0) return;
        bytes memory data = abi.encodeCall(ILicenseCredential.cancelOffer, (MODEL, _tiers[tier], person(holder)));
        if (_attempt(caller, data, allowed)) known.state = CredentialState.Revoked;
    }

    /// @dev The holder, or anybody, tries to move a credential or to let others move it: nobody ever can.
    function move(uint256 who, uint256 tier, uint256 holder, uint8 way) external {
        (tier, holder) = _pair(tier, holder);
        address caller = who % 3 == 0 ? person(who / 3) : person(holder);
        uint256 token = CredentialId.unwrap(idOf(tier, holder));
        (address from, address to) = (person(holder), person(who));
        bytes memory data = abi.encodeCall(IERC721.transferFrom, (from, to, token));
        if (way % 5 == 1) data = abi.encodeWithSignature("safeTransferFrom(address,address,uint256)", from, to, token);
        if (way % 5 == 2) {
            data = abi.encodeWithSignature("safeTransferFrom(address,address,uint256,bytes)", from, to, token, "");
        }
        if (way % 5 == 3) data = abi.encodeCall(IERC721.approve, (to, token));
        if (way % 5 == 4) data = abi.encodeCall(IERC721.setApprovalForAll, (to, true));
        _attempt(caller, data, false);
    }

    // Facts.

    function person(uint256 index) public pure returns (address) {
        return VM.addr(0x2000 + (index % PEOPLE));
    }

    function idOf(uint256 tier, uint256 holder) public view returns (CredentialId) {
        return CREDENTIALS.hashCredential(MODEL, _tiers[tier % TIERS], person(holder));
    }

    function knownOf(uint256 tier, uint256 holder) external view returns (Known memory) {
        return _known[tier][holder];
    }

    /// @dev How many credentials a person was ever given.
    function countOf(uint256 holder) external view returns (uint256 count) {
        for (uint256 i = 0; i < TIERS; ++i) if (_known[i][holder].issued) ++count;
    }

    function _issue(uint256 tier, uint256 holder, uint40 from, uint40 until) private {
        uint40 start = from > block.timestamp ? from : uint40(block.timestamp);
        _known[tier][holder] = Known(CredentialState.Active, true, start, until);
        _issued.push([tier, holder]);
    }

    /// @dev Mostly a tier and a holder with a credential.
    function _pair(uint256 tier, uint256 holder) private view returns (uint256, uint256) {
        if (_issued.length == 0 || tier % 4 == 0) return (tier % TIERS, holder % PEOPLE);
        uint256[2] storage pair = _issued[holder % _issued.length];
        return (pair[0], pair[1]);
    }

    /// @dev Mostly the controller or the operator.
    function _callerFor(uint256 who) private view returns (address) {
        if (who % 4 == 0) return person(who / 4);
        return person(who % 4 == 1 ? OPERATOR : _controller);
    }

    function _mayGrant(address who) private view returns (bool) {
        return who == person(_controller) || (_hasOperator && who == person(OPERATOR));
    }

    /// @dev Whether an account acts for a holder. Nobody but the publisher has an operator.
    function _actsFor(uint256 holder, address who) private view returns (bool) {
        if (who == person(holder) || who == _controllerOf(holder)) return true;
        return holder == PUBLISHER && _hasOperator && who == person(OPERATOR);
    }

    function _controllerOf(uint256 holder) private view returns (address) {
        if (holder == PUBLISHER) return person(_controller);
        return person(holder == HOLDER ? HEIR : holder);
    }

    function _mayIssue(uint256 tier, uint256 holder, uint40 from, uint40 until) private view returns (bool) {
        bool isNew = _known[tier][holder].state == CredentialState.None;
        return !_isPaused() && _isOffered(tier) && isNew && _fits(tier, from, until);
    }

    /// @dev Whether a window that begins now at the earliest is not empty, and not too long for a tier.
    function _fits(uint256 tier, uint40 from, uint40 until) private view returns (bool) {
        uint256 start = from > block.timestamp ? from : block.timestamp;
        return until > start && (_longest[tier] == 0 || until - start <= _longest[tier]);
    }

    function _isOffered(uint256 tier) private view returns (bool) {
        return tier != TIERS - 1 || !_withdrawn;
    }

    function _isLive(Known storage known) private view returns (bool) {
        return known.state == CredentialState.Active || known.state == CredentialState.Suspended;
    }

    function _isPaused() private view returns (bool) {
        return block.timestamp < CREDENTIALS.pausedUntil();
    }

    function _window(uint24 delay, uint32 length) private view returns (uint40 from, uint40 until) {
        from = uint40(block.timestamp) + (delay % 4 == 0 ? delay % 1 days : 0);
        until = uint40(block.timestamp) + (length % 3 days);
    }

    function _offerTier(uint256 index, TermsId terms) private {
        Tier memory tier;
        (tier.model, tier.terms, tier.name) = (MODEL, terms, "tier");
        (tier.open, tier.maxDuration) = (index == 1, _longest[index]);
        tier.uri = string(abi.encodePacked(index));
        VM.prank(person(PUBLISHER));
        _tiers[index] = LEDGER.offerTier(tier);
    }

    /// @dev The publisher's epoch, often another.
    function _epochFor(uint8 epochs) private view returns (uint32) {
        if (epochs % 6 == 0) return _epoch + 1;
        return epochs % 6 == 1 && _epoch != 0 ? _epoch - 1 : _epoch;
    }

    function _grantIn(uint256 tier, uint256 holder, uint24 delay, uint32 length) private view returns (Grant memory) {
        (uint40 from, uint40 until) = _window(delay, length);
        return _grantOf(tier, holder, from, until);
    }

    function _grantOf(
        uint256 tier,
        uint256 holder,
        uint40 from,
        uint40 until
    ) private view returns (Grant memory granted) {
        (granted.model, granted.tier, granted.holder) = (MODEL, _tiers[tier], person(holder));
        (granted.validFrom, granted.validUntil) = (from, until);
    }

    function _sign(Offer memory offer, uint256 signer) private view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Stemma License Credential"),
                keccak256("1"),
                block.chainid,
                address(CREDENTIALS)
            )
        );
        bytes32 signed = keccak256(
            abi.encode(
                keccak256(
                    "Offer(bytes32 model,bytes32 tier,address holder,uint40 validFrom,uint40 validUntil,bytes32 payment,bytes32 agreement,uint16 lifts,uint32 epoch,uint48 deadline)"
                ),
                offer
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(
            0x2000 + (signer % PEOPLE),
            keccak256(abi.encodePacked(hex"1901", domain, signed))
        );
        return abi.encodePacked(r, s, v);
    }

    function _attempt(address caller, bytes memory data, bool allowed) private returns (bool success) {
        VM.prank(caller);
        (success, ) = address(CREDENTIALS).call(data);
        if (success != allowed) ++disagreements;
        if (success) ++successes;
    }
}

contract CredentialInvariantTest is Test {
    CredentialHandler private _handler;
    LicenseCredential private _credentials;

    function setUp() public {
        VM.warp(1_800_000_000);
        _handler = new CredentialHandler();
        _handler.begin();
        _credentials = _handler.CREDENTIALS();
    }

    /// @dev The actions of the handler, without its views.
    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](15);
        selectors[0] = CredentialHandler.pass.selector;
        selectors[1] = CredentialHandler.pause.selector;
        selectors[2] = CredentialHandler.setOperator.selector;
        selectors[3] = CredentialHandler.handOver.selector;
        selectors[4] = CredentialHandler.withdrawTier.selector;
        selectors[5] = CredentialHandler.grant.selector;
        selectors[6] = CredentialHandler.accept.selector;
        selectors[7] = CredentialHandler.obtain.selector;
        selectors[8] = CredentialHandler.renew.selector;
        selectors[9] = CredentialHandler.suspend.selector;
        selectors[10] = CredentialHandler.reinstate.selector;
        selectors[11] = CredentialHandler.revoke.selector;
        selectors[12] = CredentialHandler.renounce.selector;
        selectors[13] = CredentialHandler.cancelOffer.selector;
        selectors[14] = CredentialHandler.move.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_credentialsChangeAsWhatHappenedAllowsAndNotOtherwise() public view {
        assertEq(_handler.disagreements(), 0, "disagreements");
    }

    function invariant_aCredentialIsValidWhileItIsGoodAndInItsWindow() public view {
        for (uint256 i = 0; i < _handler.TIERS(); ++i) {
            for (uint256 j = 0; j < _handler.PEOPLE(); ++j) {
                CredentialHandler.Known memory known = _handler.knownOf(i, j);
                CredentialId id = _handler.idOf(i, j);
                Credential memory kept = _credentials.credentialOf(id);
                assertEq(uint256(kept.state), uint256(known.state), "state");
                bool good = known.state == CredentialState.Active && known.validFrom <= block.timestamp;
                assertEq(_credentials.isValid(id), good && block.timestamp < known.validUntil, "valid");
                if (known.state != CredentialState.Revoked) assertEq(kept.validUntil, known.validUntil, "until");
            }
        }
    }

    function invariant_aTokenStaysWithWhomItWasGivenTo() public view {
        for (uint256 j = 0; j < _handler.PEOPLE(); ++j) {
            address holder = _handler.person(j);
            assertEq(_credentials.balanceOf(holder), _handler.countOf(j), "balance");
            for (uint256 i = 0; i < _handler.TIERS(); ++i) {
                if (!_handler.knownOf(i, j).issued) continue;
                uint256 token = uint256(CredentialId.unwrap(_handler.idOf(i, j)));
                assertEq(_credentials.ownerOf(token), holder, "owner");
                assertEq(_credentials.getApproved(token), address(0), "approved");
            }
        }
    }

    function afterInvariant() public view {
        assertTrue(_handler.successes() != 0, "nothing was done");
    }
}
