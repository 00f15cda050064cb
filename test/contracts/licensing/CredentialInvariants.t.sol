// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IERC721} from "@openzeppelin/contracts/interfaces/IERC721.sol";

import {IWritePause} from "../../../contracts/governance/IWritePause.sol";
import {
    Credential,
    CredentialState,
    Grant,
    ILicenseCredential,
    Offer
} from "../../../contracts/licensing/ILicenseCredential.sol";
import {LicenseCredential} from "../../../contracts/licensing/LicenseCredential.sol";
import {CredentialId, ModelId, TermsId, TierId} from "../../../contracts/types/Ids.sol";
import {Scopes} from "../../../contracts/types/Scopes.sol";
import {Tier} from "../../../contracts/types/Terms.sol";
import {LedgerTest} from "../base/LedgerTest.sol";
import {OfferSignature} from "../base/OfferSignature.sol";
import {Test} from "../base/Test.sol";

/**
 * @dev Does with credentials whatever a publisher, its operator, licensees, holders and a stranger may try, in any order. Never
 * reverts.
 *
 * It keeps what was said of each credential, by whom, and nothing of how the contract stores it: the publisher has one word, and
 * everybody else (the parent's holder, and the holder itself) has another. From the two words, the window and the parent follows
 * whether a call is allowed and whether a credential is valid. {disagreements} counts the calls that end otherwise.
 */
contract CredentialHandler is LedgerTest {
    /// @dev What somebody last said against a credential.
    enum Word {
        None,
        Suspended,
        Revoked
    }

    /// @dev What happened to the credential of a tier and a holder.
    struct Known {
        bool issued;
        bool canceled; // its offers were, before it was issued
        Word publisher;
        Word other;
        bool isSub;
        uint8 parent; // who holds the parent of a sub-credential
        uint40 validFrom;
        uint40 validUntil; // not later than its revocation
    }

    /// @dev Which credentials were valid at a past second: bit `tier * PEOPLE + holder`.
    struct Past {
        uint40 time;
        uint216 valid;
    }

    uint256 public constant PEOPLE = 6;
    /// @dev The second is open; the third has no sub-credentials; the last one is withdrawn sooner or later.
    uint256 public constant TIERS = 4;
    address public constant GUARDIAN = address(0x9a2d);
    /// @dev The publisher, its operator, who gets control of it now and then and controls a holder, that holder, and a licensee
    /// for which the publisher's operator acts too.
    uint256 private constant PUBLISHER = 0;
    uint256 private constant OPERATOR = 1;
    uint256 private constant HEIR = 2;
    uint256 private constant HOLDER = 3;
    uint256 private constant LICENSEE = 4;

    ModelId private immutable MODEL;

    uint256 public attempts;
    uint256 public successes;
    uint256 public disagreements;
    /// @dev The last call that ended otherwise.
    string public disagreement;

    TierId[TIERS] private _tiers;
    uint40[TIERS] private _longest = [uint40(0), 1 days, 2 days, 0];
    bool private _withdrawn; // the last tier
    uint256 private _controller = PUBLISHER;
    uint32 private _epoch;
    bool private _hasOperator;
    mapping(uint256 tier => mapping(uint256 holder => Known)) private _known;
    uint256[2][] private _issued;
    uint256[2][] private _issuedUnder;
    Past[] private _past;

    constructor() {
        setUp();
        VM.prank(person(PUBLISHER));
        MODEL = ledger.register(_registration(person(PUBLISHER), "model", new ModelId[](0)));
    }

    /// @dev Offers the tiers, names the licensee's operator, and hands over control of a holder. The constructor has no room on
    /// its stack for this.
    function begin() external {
        TermsId termsId = ledger.publishTerms(_terms("terms", 1));
        for (uint256 i = 0; i < TIERS; ++i) _offerTier(i, termsId);
        VM.prank(person(LICENSEE));
        ledger.setOperator(person(LICENSEE), person(OPERATOR), Scopes.GRANT, type(uint40).max);
        VM.prank(person(HOLDER));
        ledger.proposeController(person(HOLDER), person(HEIR));
        VM.prank(person(HEIR));
        ledger.acceptController(person(HOLDER));
    }

    // Actions.

    /// @dev Time passes. What is valid at the end of a second is kept, because no later act may change it.
    function pass(uint32 time) external {
        uint216 valid;
        for (uint256 i = 0; i < TIERS * PEOPLE; ++i) {
            if (isValidNow(i / PEOPLE, i % PEOPLE)) valid |= uint216(1 << i);
        }
        _past.push(Past(uint40(block.timestamp), valid));
        VM.warp(block.timestamp + bound(time, 1, 4 hours));
    }

    function pause(bool ends, uint256 who) external {
        // Rarely, because a pause lasts for days.
        if (!ends && who % 8 > 1) return;
        address caller = who % 4 == 0 ? person(who) : GUARDIAN;
        uint40 until = credentials.pausedUntil();
        bool allowed = ends ? block.timestamp < until : until == 0 || block.timestamp >= until + 7 days;
        bytes memory data =
            ends ? abi.encodeCall(IWritePause.resumeWrites, ()) : abi.encodeCall(IWritePause.pauseWrites, ());
        _attempt("pause", caller, data, allowed && caller == GUARDIAN);
    }

    /// @dev The controller names the operator or removes it; a removed one stays out until control changes.
    function setOperator(bool named) external {
        if (named) {
            (, , uint16 withdrawn) = ledger.operatorOf(person(PUBLISHER), person(OPERATOR));
            if (withdrawn != 0) return;
        }
        uint40 until = named ? type(uint40).max : 0;
        VM.prank(person(_controller));
        ledger.setOperator(person(PUBLISHER), person(OPERATOR), named ? Scopes.GRANT : 0, until);
        _hasOperator = named;
    }

    /// @dev Control of the publisher changes, which ends its offers and its operator.
    function handOver(uint256 rare) external {
        if (rare % 8 != 0) return;
        uint256 to = _controller == PUBLISHER ? HEIR : PUBLISHER;
        VM.prank(person(_controller));
        ledger.proposeController(person(PUBLISHER), person(to));
        VM.prank(person(to));
        ledger.acceptController(person(PUBLISHER));
        (_controller, _hasOperator) = (to, false);
        ++_epoch;
    }

    function withdrawTier(uint256 rare) external {
        if (_withdrawn || rare % 32 != 0) return;
        VM.prank(person(_controller));
        ledger.withdrawTier(MODEL, _tiers[TIERS - 1]);
        _withdrawn = true;
    }

    function request(uint256 tier, uint256 who, uint16 length) external {
        tier %= TIERS;
        string memory uri = string(new bytes(length % 4096));
        bytes memory data = abi.encodeCall(ILicenseCredential.request, (MODEL, _tiers[tier], 0, uri));
        _attempt("request", person(who), data, !_isPaused() && _isOffered(tier) && length % 4096 <= 2048);
    }

    function grant(uint256 who, uint256 tier, uint256 holder, uint24 delay, uint32 length) external {
        (tier, holder) = (tier % TIERS, holder % PEOPLE);
        address caller = _callerFor(who);
        Grant memory granted = _grantIn(tier, holder, delay, length);
        bool allowed = _mayIssue(tier, holder, granted) && _mayGrant(caller);
        bytes memory data = abi.encodeCall(ILicenseCredential.grant, (granted));
        if (_attempt("grant", caller, data, allowed)) _issue(tier, holder, granted);
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
        bool allowed = _mayIssue(tier, holder, offer.grant) && _mayGrant(person(signer));
        allowed = allowed && offer.epoch == _epoch && change % 6 > 1;
        allowed = allowed && (caller == person(holder) || _actsFor(holder, caller));
        bytes memory signature = OfferSignature.sign(
            address(credentials),
            _key(change % 6 == 0 ? signer + 1 : signer),
            offer
        );
        bytes memory data = abi.encodeCall(ILicenseCredential.accept, (offer, person(signer), signature));
        if (_attempt("accept", caller, data, allowed)) _issue(tier, holder, offer.grant);
    }

    function obtain(uint256 tier, uint256 holder) external {
        (tier, holder) = (tier % TIERS, holder % PEOPLE);
        Known storage known = _known[tier][holder];
        bool ended = _isGood(known) && !known.isSub && known.validUntil <= block.timestamp;
        bool allowed = !_isPaused() && tier == 1 && (ended || _isFree(known));
        bytes memory data = abi.encodeCall(ILicenseCredential.obtain, (MODEL, _tiers[tier]));
        if (!_attempt("obtain", person(holder), data, allowed)) return;
        Grant memory granted = _grantIn(tier, holder, 1, 0);
        granted.validUntil = uint40(block.timestamp) + _longest[tier];
        if (ended) known.validUntil = granted.validUntil;
        else _issue(tier, holder, granted);
    }

    /// @dev Issues under a credential, mostly one that exists, until its end at most or later.
    function grantUnder(
        uint256 who,
        uint256 pair,
        uint256 licensee,
        uint256 holder,
        uint24 delay,
        uint32 length
    ) external {
        uint256 tier;
        (tier, licensee) = _pair(pair, licensee);
        holder %= PEOPLE;
        uint40 until = _known[tier][licensee].validUntil;
        Grant memory granted = _grantIn(tier, holder, delay, length);
        if (length % 8 != 0 && until > block.timestamp) {
            granted.validUntil = uint40(block.timestamp + 1 + (length % (until - block.timestamp)));
        }
        address caller = who % 4 == 0 ? person(who / 4) : person(_controllerOf(licensee));
        Known storage known = _known[tier][holder];
        bool again = known.isSub && known.publisher == Word.None && known.other == Word.Revoked;
        bool allowed = !_isPaused() && (_isNew(known) || again) && _fits(tier, granted.validFrom, granted.validUntil);
        allowed = allowed && tier != 2 && _mayIssueUnder(tier, licensee, caller, granted.validUntil);
        bytes memory data = abi.encodeCall(
            ILicenseCredential.grantUnder,
            (MODEL, granted.tier, person(licensee), granted.holder, granted.validFrom, granted.validUntil)
        );
        if (!_attempt("grantUnder", caller, data, allowed)) return;
        _issue(tier, holder, granted);
        (known.isSub, known.parent) = (true, uint8(licensee));
        _issuedUnder.push([tier, holder]);
    }

    function renew(uint256 who, uint256 tier, uint256 holder, uint32 length) external {
        (tier, holder) = _pair(tier, holder);
        Known storage known = _known[tier][holder];
        address caller = _callerOf(known, who);
        uint40 until = uint40(block.timestamp) + (length % 3 days);
        bool allowed =
            known.isSub ? _mayIssueUnder(tier, known.parent, caller, until) : _mayGrant(caller) && _isOffered(tier);
        allowed = allowed && !_isPaused() && _isLive(known);
        allowed = allowed && until > known.validUntil && _fits(tier, known.validFrom, until);
        bytes memory data = abi.encodeCall(ILicenseCredential.renew, (MODEL, _tiers[tier], person(holder), until));
        if (_attempt("renew", caller, data, allowed)) known.validUntil = until;
    }

    function suspend(uint256 who, uint256 tier, uint256 holder) external {
        (tier, holder) = _pair(tier, holder);
        Known storage known = _known[tier][holder];
        address caller = _callerOf(known, who);
        (bool may, bool byPublisher) = _mayEnd(known, caller);
        bool allowed = may && _isLive(known) && known.publisher == Word.None;
        allowed = allowed && (byPublisher || known.other == Word.None);
        bytes memory data = abi.encodeCall(ILicenseCredential.suspend, (idOf(tier, holder), ""));
        if (!_attempt("suspend", caller, data, allowed)) return;
        if (byPublisher) known.publisher = Word.Suspended;
        else known.other = Word.Suspended;
    }

    /// @dev The publisher takes back what anybody said; others only their own word, and only while the publisher has none.
    function reinstate(uint256 who, uint256 tier, uint256 holder) external {
        (tier, holder) = _pair(tier, holder);
        Known storage known = _known[tier][holder];
        address caller = _callerOf(known, who);
        (bool may, bool byPublisher) = _mayEnd(known, caller);
        bool allowed = may && !_isPaused() && _isLive(known) && !_isGood(known);
        allowed = allowed && (byPublisher || known.publisher == Word.None);
        bytes memory data = abi.encodeCall(ILicenseCredential.reinstate, (idOf(tier, holder)));
        if (_attempt("reinstate", caller, data, allowed)) (known.publisher, known.other) = (Word.None, Word.None);
    }

    /// @dev The publisher may also end for good what others ended while it had no word against it.
    function revoke(uint256 who, uint256 tier, uint256 holder) external {
        (tier, holder) = _pair(tier, holder);
        Known storage known = _known[tier][holder];
        address caller = _callerOf(known, who);
        (bool may, bool byPublisher) = _mayEnd(known, caller);
        bool confirms = byPublisher && known.isSub && known.publisher == Word.None;
        bool allowed = may && (_isLive(known) || confirms);
        // Rarely, so that credentials are left to change.
        if (allowed && (who / 8) % 4 != 0) return;
        bytes memory data = abi.encodeCall(ILicenseCredential.revoke, (idOf(tier, holder), ""));
        if (_attempt("revoke", caller, data, allowed)) _end(known, byPublisher);
    }

    /// @dev The holder or its controller gives a credential up, or somebody else tries to.
    function renounce(uint256 who, uint256 tier, uint256 holder) external {
        (tier, holder) = _pair(tier, holder);
        Known storage known = _known[tier][holder];
        address caller = who % 3 == 0 ? person(who / 3) : person(holder);
        bool owns = caller == person(holder) || caller == person(_controllerOf(holder));
        if (_isLive(known) && owns && (who / 8) % 4 != 0) return;
        bytes memory data = abi.encodeCall(ILicenseCredential.renounce, (idOf(tier, holder)));
        if (_attempt("renounce", caller, data, _isLive(known) && owns)) _end(known, false);
    }

    function cancelOffer(uint256 who, uint256 tier, uint256 holder) external {
        (tier, holder) = (tier % TIERS, holder % PEOPLE);
        Known storage known = _known[tier][holder];
        address caller = _callerFor(who);
        bool allowed = _isOffered(tier) && _mayGrant(caller) && _isNew(known);
        // Rarely, so that credentials are left to issue.
        if (allowed && (who / 8) % 4 != 0) return;
        bytes memory data = abi.encodeCall(ILicenseCredential.cancelOffer, (MODEL, _tiers[tier], person(holder)));
        if (_attempt("cancelOffer", caller, data, allowed)) known.canceled = true;
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
        _attempt("move", caller, data, false);
    }

    // Facts.

    function knownOf(uint256 tier, uint256 holder) external view returns (Known memory) {
        return _known[tier][holder];
    }

    /// @dev How many credentials a person was ever given.
    function countOf(uint256 holder) external view returns (uint256 count) {
        for (uint256 i = 0; i < TIERS; ++i) if (_known[i][holder].issued) ++count;
    }

    function countPast() external view returns (uint256) {
        return _past.length;
    }

    function pastAt(uint256 index) external view returns (Past memory) {
        return _past[index];
    }

    function CREDENTIALS() external view returns (LicenseCredential) {
        return credentials;
    }

    /// @dev As access manager.
    function canCall(address caller, address, bytes4) external pure returns (bool, uint32) {
        return (caller == GUARDIAN, 0);
    }

    function idOf(uint256 tier, uint256 holder) public view returns (CredentialId) {
        return credentials.hashCredential(MODEL, _tiers[tier], person(holder));
    }

    /// @dev Whether nobody has a word against a credential, nor against its parent, and both are in their windows.
    function isValidNow(uint256 tier, uint256 holder) public view returns (bool) {
        Known storage known = _known[tier][holder];
        if (!_isCurrent(known)) return false;
        return !known.isSub || _isCurrent(_known[tier][known.parent]);
    }

    function person(uint256 index) public pure returns (address) {
        return VM.addr(_key(index));
    }

    /// @dev The harshest word about a credential itself.
    function stateOf(Known memory known) public pure returns (CredentialState) {
        if (known.canceled || known.publisher == Word.Revoked || known.other == Word.Revoked) {
            return CredentialState.Revoked;
        }
        if (!known.issued) return CredentialState.None;
        bool suspended = known.publisher == Word.Suspended || known.other == Word.Suspended;
        return suspended ? CredentialState.Suspended : CredentialState.Active;
    }

    function _attempt(
        string memory what,
        address caller,
        bytes memory data,
        bool allowed
    ) private returns (bool success) {
        VM.prank(caller);
        (success, ) = address(credentials).call(data);
        ++attempts;
        if (success) ++successes;
        if (success == allowed) return success;
        ++disagreements;
        disagreement = what;
    }

    /// @dev Nothing is left of what was issued before under the same id.
    function _issue(uint256 tier, uint256 holder, Grant memory granted) private {
        Known memory known;
        known.issued = true;
        known.validFrom = _startOf(granted.validFrom);
        known.validUntil = granted.validUntil;
        _known[tier][holder] = known;
        _issued.push([tier, holder]);
    }

    /// @dev A word of others never replaces a word of the publisher.
    function _end(Known storage known, bool byPublisher) private {
        if (byPublisher) known.publisher = Word.Revoked;
        else known.other = Word.Revoked;
        if (known.validUntil > block.timestamp) known.validUntil = uint40(block.timestamp);
    }

    function _offerTier(uint256 index, TermsId terms) private {
        Tier memory tier;
        (tier.model, tier.terms, tier.name) = (MODEL, terms, "tier");
        (tier.open, tier.maxDuration) = (index == 1, _longest[index]);
        tier.subCredentials = index != 2;
        tier.uri = string(abi.encodePacked(index));
        VM.prank(person(PUBLISHER));
        _tiers[index] = ledger.offerTier(tier);
    }

    /// @dev Mostly a tier and a holder with a credential, and often with a sub-credential.
    function _pair(uint256 tier, uint256 holder) private view returns (uint256, uint256) {
        if (_issued.length == 0 || tier % 8 == 0) return ((tier / 8) % TIERS, holder % PEOPLE);
        bool under = tier % 2 == 0 && _issuedUnder.length != 0;
        uint256[2] storage pair = under ? _issuedUnder[holder % _issuedUnder.length] : _issued[holder % _issued.length];
        return (pair[0], pair[1]);
    }

    /// @dev Mostly the controller or the operator.
    function _callerFor(uint256 who) private view returns (address) {
        if (who % 4 == 0) return person(who / 4);
        return person(who % 4 == 1 ? OPERATOR : _controller);
    }

    /// @dev The same, but about a sub-credential often who controls the parent's holder.
    function _callerOf(Known storage known, uint256 who) private view returns (address) {
        return known.isSub && who % 8 > 4 ? person(_controllerOf(known.parent)) : _callerFor(who);
    }

    function _mayGrant(address who) private view returns (bool) {
        return _actsFor(PUBLISHER, who);
    }

    /// @dev Whether an account controls a person, or is its operator.
    function _actsFor(uint256 index, address who) private view returns (bool) {
        if (who == person(_controllerOf(index))) return true;
        return who == person(OPERATOR) && (index == LICENSEE || (index == PUBLISHER && _hasOperator));
    }

    function _controllerOf(uint256 index) private view returns (uint256) {
        if (index == PUBLISHER) return _controller;
        return index == HOLDER ? HEIR : index;
    }

    /// @dev Whether an account may end a credential, and whether it does so for the publisher.
    function _mayEnd(Known storage known, address who) private view returns (bool may, bool byPublisher) {
        byPublisher = _mayGrant(who);
        may = byPublisher || (known.isSub && _actsFor(known.parent, who));
    }

    function _mayIssue(uint256 tier, uint256 holder, Grant memory granted) private view returns (bool) {
        bool open = !_isPaused() && _isOffered(tier) && _isFree(_known[tier][holder]);
        return open && _fits(tier, granted.validFrom, granted.validUntil);
    }

    /// @dev Whether an account may issue or renew until a time under the credential of a licensee: a direct one, valid now.
    function _mayIssueUnder(uint256 tier, uint256 licensee, address who, uint40 until) private view returns (bool) {
        Known storage parent = _known[tier][licensee];
        if (!_isOffered(tier) || !_actsFor(licensee, who)) return false;
        return !parent.isSub && _isCurrent(parent) && until <= parent.validUntil;
    }

    /// @dev Whether a window that begins now at the earliest is not empty, and not too long for a tier.
    function _fits(uint256 tier, uint40 from, uint40 until) private view returns (bool) {
        uint40 start = _startOf(from);
        return until > start && (_longest[tier] == 0 || until - start <= _longest[tier]);
    }

    function _startOf(uint40 from) private view returns (uint40) {
        return from > block.timestamp ? from : uint40(block.timestamp);
    }

    function _isOffered(uint256 tier) private view returns (bool) {
        return tier != TIERS - 1 || !_withdrawn;
    }

    function _isPaused() private view returns (bool) {
        return block.timestamp < credentials.pausedUntil();
    }

    function _isCurrent(Known storage known) private view returns (bool) {
        return _isGood(known) && known.validFrom <= block.timestamp && block.timestamp < known.validUntil;
    }

    /// @dev Whether a credential is issued and nobody has a word against it.
    function _isGood(Known storage known) private view returns (bool) {
        return known.issued && known.publisher == Word.None && known.other == Word.None;
    }

    /// @dev Whether a credential is issued and nobody has ended it.
    function _isLive(Known storage known) private view returns (bool) {
        return known.issued && known.publisher != Word.Revoked && known.other != Word.Revoked;
    }

    function _isNew(Known storage known) private view returns (bool) {
        return !known.issued && !known.canceled;
    }

    /// @dev Whether the publisher's word is still free to give: a sub-credential takes nothing from its holder.
    function _isFree(Known storage known) private view returns (bool) {
        return _isNew(known) || (known.isSub && known.publisher == Word.None);
    }

    /// @dev The publisher's epoch, often another.
    function _epochFor(uint8 epochs) private view returns (uint32) {
        if (epochs % 6 == 0) return _epoch + 1;
        return epochs % 6 == 1 && _epoch != 0 ? _epoch - 1 : _epoch;
    }

    /// @dev A grant from now on or, now and then, from later on.
    function _grantIn(
        uint256 tier,
        uint256 holder,
        uint24 delay,
        uint32 length
    ) private view returns (Grant memory granted) {
        (granted.model, granted.tier, granted.holder) = (MODEL, _tiers[tier], person(holder));
        granted.validFrom = uint40(block.timestamp) + (delay % 4 == 0 ? delay % 1 days : 0);
        granted.validUntil = uint40(block.timestamp) + (length % 3 days);
    }

    function _key(uint256 index) private pure returns (uint256) {
        return 0x2000 + (index % PEOPLE);
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
        bytes4[] memory selectors = new bytes4[](19);
        selectors[0] = CredentialHandler.pass.selector;
        selectors[1] = CredentialHandler.pause.selector;
        selectors[2] = CredentialHandler.setOperator.selector;
        selectors[3] = CredentialHandler.handOver.selector;
        selectors[4] = CredentialHandler.withdrawTier.selector;
        selectors[5] = CredentialHandler.request.selector;
        selectors[6] = CredentialHandler.grant.selector;
        selectors[7] = CredentialHandler.accept.selector;
        selectors[8] = CredentialHandler.obtain.selector;
        selectors[9] = CredentialHandler.grantUnder.selector;
        selectors[10] = CredentialHandler.renew.selector;
        selectors[11] = CredentialHandler.suspend.selector;
        selectors[12] = CredentialHandler.reinstate.selector;
        selectors[13] = CredentialHandler.revoke.selector;
        selectors[14] = CredentialHandler.renounce.selector;
        selectors[15] = CredentialHandler.cancelOffer.selector;
        selectors[16] = CredentialHandler.move.selector;
        // Often, because most else builds on it.
        selectors[17] = selectors[18] = CredentialHandler.grantUnder.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_credentialsChangeAsWhatHappenedAllowsAndNotOtherwise() public view {
        if (_handler.disagreements() != 0) assertTrue(false, _handler.disagreement());
    }

    /// @dev A credential, of a tier chosen by what happened, has the state of the harshest word about it and its parent, and is
    /// valid exactly while nobody has a word against either, and both are in their windows.
    function invariant_aCredentialIsValidWhileItIsGoodAndInItsWindow() public view {
        _checkValidity(_handler.attempts() % _handler.TIERS());
    }

    function invariant_aTokenStaysWithWhomItWasGivenTo() public view {
        _checkTokens(_handler.attempts() % _handler.PEOPLE());
    }

    /// @dev A sub-credential is under a direct one, is within its window, and ends with it.
    function invariant_aSubCredentialIsValidOnlyWithItsParent() public view {
        _checkParents(_handler.attempts() % _handler.TIERS());
    }

    /// @dev No later act makes a credential valid at a past time, chosen by what happened, at which it was not.
    function invariant_noValidityIsAddedToThePast() public view {
        uint256 count = _handler.countPast();
        if (count != 0) _checkPast(_handler.attempts() % count);
    }

    function afterInvariant() public view {
        assertTrue(_handler.successes() != 0, "nothing was done");
        for (uint256 i = 0; i < _handler.TIERS(); ++i) {
            _checkValidity(i);
            _checkParents(i);
        }
        for (uint256 i = 0; i < _handler.PEOPLE(); ++i) _checkTokens(i);
        for (uint256 i = 0; i < _handler.countPast(); ++i) _checkPast(i);
    }

    function _checkValidity(uint256 tier) private view {
        for (uint256 i = 0; i < _handler.PEOPLE(); ++i) {
            CredentialHandler.Known memory known = _handler.knownOf(tier, i);
            CredentialState state = _handler.stateOf(known);
            if (known.isSub) {
                CredentialState above = _handler.stateOf(_handler.knownOf(tier, known.parent));
                if (above > state) state = above;
            }
            CredentialId id = _handler.idOf(tier, i);
            Credential memory kept = _credentials.credentialOf(id);
            assertEq(uint256(kept.state), uint256(state), "state");
            assertEq(_credentials.isValid(id), _handler.isValidNow(tier, i), "valid now");
            assertEq(
                _credentials.isValidAt(id, uint40(block.timestamp)),
                _handler.isValidNow(tier, i),
                "valid at the present time"
            );
            if (!known.isSub) assertEq(kept.validUntil, known.validUntil, "until");
        }
    }

    function _checkTokens(uint256 holder) private view {
        address owner = _handler.person(holder);
        assertEq(_credentials.balanceOf(owner), _handler.countOf(holder), "balance");
        for (uint256 i = 0; i < _handler.TIERS(); ++i) {
            if (!_handler.knownOf(i, holder).issued) continue;
            uint256 token = CredentialId.unwrap(_handler.idOf(i, holder));
            assertEq(_credentials.ownerOf(token), owner, "owner");
            assertEq(_credentials.getApproved(token), address(0), "approved");
        }
    }

    function _checkParents(uint256 tier) private view {
        for (uint256 i = 0; i < _handler.PEOPLE(); ++i) {
            CredentialHandler.Known memory known = _handler.knownOf(tier, i);
            CredentialId id = _handler.idOf(tier, i);
            uint256 above = CredentialId.unwrap(_credentials.parentOf(id));
            if (!known.isSub) {
                assertEq(above, 0, "no parent");
                continue;
            }
            CredentialId parent = _handler.idOf(tier, known.parent);
            assertEq(above, CredentialId.unwrap(parent), "parent");
            assertEq(CredentialId.unwrap(_credentials.parentOf(parent)), 0, "a parent under another");
            Credential memory kept = _credentials.credentialOf(id);
            Credential memory parents = _credentials.credentialOf(parent);
            assertTrue(kept.validUntil <= parents.validUntil, "longer than its parent");
            assertTrue(kept.validFrom >= parents.validFrom, "earlier than its parent");
            if (!_credentials.isValid(parent)) assertEq(_credentials.isValid(id), false, "without its parent");
        }
    }

    function _checkPast(uint256 index) private view {
        CredentialHandler.Past memory past = _handler.pastAt(index);
        uint256 people = _handler.PEOPLE();
        for (uint256 i = 0; i < _handler.TIERS() * people; ++i) {
            if ((past.valid >> i) & 1 != 0) continue;
            CredentialId id = _handler.idOf(i / people, i % people);
            assertEq(_credentials.isValidAt(id, past.time), false, "valid in the past");
        }
    }
}
